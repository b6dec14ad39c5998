package dev.darkroom.worker.ops;

import static dev.darkroom.worker.ops.AdminFixture.TOKEN;
import static dev.darkroom.worker.ops.AdminFixture.job;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.image.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;

/** The page in a real browser. */
class AdminPageIT {
    private static final String EVIL = "\"'><img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>";

    @TempDir
    private static Path profile;

    private static ChromeDriver browser;

    private AdminFixture admin;

    @BeforeAll
    static void open() {
        Chromium.assumePresent(AdminPageIT.class);
        browser = Chromium.start(profile);
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.quit();
        }
    }

    @BeforeEach
    void start() throws IOException {
        admin = new AdminFixture(Optional.of(TOKEN));
        admin.status = AdminFixture.status(List.of(job("order-17", 3), job("order-18", 0)), Optional.empty());
        scripts(true);
    }

    @AfterEach
    void stop() {
        browser.get("about:blank");
        admin.close();
    }

    private static void scripts(boolean on) {
        browser.executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", !on));
    }

    private void load() {
        browser.get(admin.client().address("/"));
    }

    private static WebElement id(String id) {
        return browser.findElement(By.id(id));
    }

    private static String text(String id) {
        return id(id).getText();
    }

    private static Object run(String script) {
        return browser.executeScript(script);
    }

    @Test
    void isReadWithoutScripts() throws Exception {
        scripts(false);
        load();
        assertThat(text("jobs")).contains("order-17", "shapes", "denoise", "3/25", "order-18");
        assertThat(browser.findElement(By.tagName("progress")).getDomAttribute("value"))
                .isEqualTo("3");
        assertThat(browser.findElement(By.tagName("noscript")).getText()).contains("Load it again");
        admin.status = AdminFixture.status(List.of(), Optional.of("The bucket is away"));
        browser.findElement(By.linkText("Load it again")).click();
        Chromium.until("the page is loaded again", () -> text("obstacle").contains("The bucket is away"));
        assertThat(text("jobs-none")).isEqualTo("None.");
    }

    @Test
    void actsWithoutScripts() throws Exception {
        scripts(false);
        load();
        id("token").sendKeys(TOKEN);
        browser.findElement(By.cssSelector("button[value='order-18']")).click();
        Chromium.until("the answer is there", () -> text("notice").contains("order-18 be cancelled"));
        assertThat(admin.done).containsExactly("cancel order-18");
        assertThat(browser.getPageSource()).doesNotContain(TOKEN);
    }

    @Test
    void followsTheWorkerAndKeepsTheFocus() {
        load();
        Chromium.until("both jobs are there", () -> text("jobs").contains("order-18"));
        run("document.querySelector('button[value=\"order-18\"]').focus()");
        admin.pictures.add("order-16", new Picture(128, 128, new byte[128 * 128 * 3]));
        admin.status = AdminFixture.paused(List.of(job("order-18", 9), job("order-19", 0)), admin.pictures.shown());

        Chromium.until("the new job is there", () -> text("jobs").contains("order-19"));
        assertThat(text("jobs")).contains("9/25").doesNotContain("order-17");
        assertThat(text("state")).isEqualTo("paused");
        assertThat(text("call")).isEqualTo("order-18: 2 rows");
        assertThat(browser.switchTo().activeElement().getDomAttribute("value")).isEqualTo("order-18");
        WebElement picture = browser.findElement(By.cssSelector("#pictures img"));
        Chromium.until("the picture is loaded", () ->
                (Boolean) run("return document.querySelector('#pictures img').naturalWidth > 0"));
        assertThat(picture.getAccessibleName()).isEqualTo("A picture of order-16");

        admin.status = AdminFixture.status(List.of(), Optional.empty());
        Chromium.until("no job is there", () -> !text("jobs-none").isEmpty());
        assertThat(browser.switchTo().activeElement().getDomAttribute("id")).isEqualTo("jobs-title");
    }

    @Test
    void aJobThatIsHereTwiceHasTwoRowsThatFollowIt() {
        admin.status = AdminFixture.status(List.of(job("order-17", 3), job("order-17", 5)), Optional.empty());
        load();
        admin.status = AdminFixture.status(List.of(job("order-17", 4), job("order-17", 6)), Optional.empty());
        Chromium.until(
                "both rows follow",
                () -> text("jobs").contains("4/25") && text("jobs").contains("6/25"));
        assertThat(text("jobs")).doesNotContain("3/25", "5/25");
        assertThat(browser.findElements(By.cssSelector("#jobs > tr"))).hasSize(2);
    }

    @Test
    void anotherPictureOfTheSameNumberIsLoadedAnew() {
        admin.status = AdminFixture.paused(List.of(), List.of(new WorkerStatus.Shown(1, "order-17", 8, 8)));
        load();
        admin.status = AdminFixture.paused(List.of(), List.of(new WorkerStatus.Shown(1, "order-18", 8, 8)));
        Chromium.until("the page follows", () -> text("pictures").contains("order-18"));
        assertThat(browser.findElement(By.cssSelector("#pictures img")).getDomAttribute("src"))
                .isEqualTo("/pictures/1.jpg?order-18");
    }

    @Test
    void isUsedWithTheKeyboardAlone() {
        load();
        tabTo("Cancel order-17", Keys.TAB);
        press(Keys.SPACE);
        Chromium.until("the answer is there", () -> text("notice").contains("token is missing"));
        tabTo("Token", Keys.TAB);
        press(TOKEN);
        press(Keys.ENTER); // cancels nothing: which job would it be?
        tabTo("Cancel order-18", Keys.chord(Keys.SHIFT, Keys.TAB));
        press(Keys.ENTER);
        Chromium.until("the answer is there", () -> text("notice").contains("order-18 be cancelled"));
        assertThat(admin.done).containsExactly("cancel order-18");
        assertThat(id("notice").getAriaRole()).isEqualTo("status");
    }

    private static void tabTo(String name, CharSequence key) {
        for (int i = 0; i < 40 && !active().equals(name); i++) {
            press(key);
        }
        assertThat(active()).isEqualTo(name);
    }

    private static String active() {
        return browser.switchTo().activeElement().getAccessibleName();
    }

    private static void press(CharSequence keys) {
        browser.switchTo().activeElement().sendKeys(keys);
    }

    @Test
    void everythingThatIsUsedHasAName() {
        load();
        List<WebElement> used =
                browser.findElements(By.cssSelector("main input, main select, main textarea, main button"));
        assertThat(used.stream().filter(WebElement::isDisplayed).toList())
                .hasSizeGreaterThan(12)
                .allSatisfy(element -> assertThat(element.getAccessibleName())
                        .as(element.getDomAttribute("name"))
                        .isNotBlank());
        assertThat(browser.findElement(By.tagName("progress")).getAccessibleName())
                .isEqualTo("Steps of order-17");
        assertThat(browser.findElement(By.tagName("html")).getDomAttribute("lang"))
                .isEqualTo("en");
    }

    @Test
    void whatIsWrongWithAJobIsSaidAtItsFields() {
        load();
        id("f-prompt").sendKeys("a red circle");
        id("f-width").sendKeys("wide");
        id("f-token").sendKeys(TOKEN);
        id("f-prompt").submit();
        Chromium.until("the problem is told", () -> text("p-width").contains("whole number"));
        assertThat(browser.switchTo().activeElement()).isEqualTo(id("f-width"));
        assertThat(id("f-width").getDomAttribute("aria-invalid")).isEqualTo("true");
        assertThat(admin.done).isEmpty();

        id("f-width").clear();
        id("f-id").sendKeys("order-20");
        id("f-prompt").submit();
        Chromium.until("it is sent", () -> text("notice").contains("Sent job order-20."));
        assertThat(admin.done).containsExactly("submit order-20 normal a red circle");
        assertThat(id("f-width").getDomAttribute("aria-invalid")).isNull();
    }

    @Test
    void nothingFromOutsideBecomesAPartOfThePage() {
        admin.status = AdminFixture.hostile(EVIL);
        load();
        Chromium.until("the script has run", () -> text("obstacle").contains("onerror"));
        assertHarmless();
        admin.status = AdminFixture.status(List.of(), Optional.empty());
        Chromium.until("the page follows", () -> text("obstacle").isEmpty());
        admin.status = AdminFixture.hostile(EVIL);
        Chromium.until("the page follows", () -> text("obstacle").contains("onerror"));
        assertHarmless();
        id("f-prompt").sendKeys(EVIL);
        id("f-width").sendKeys(EVIL);
        id("f-token").sendKeys(TOKEN);
        run("document.getElementById('submit').submit()"); // without the page's script
        Chromium.until("the answer is there", () -> text("notice").contains("not valid"));
        assertThat(id("f-prompt").getDomProperty("value")).isEqualTo(EVIL);
        assertThat(id("f-width").getDomProperty("value")).isEqualTo(EVIL);
        assertHarmless();
    }

    private static void assertHarmless() {
        assertThat(run("return window.hacked")).isNull();
        assertThat(browser.findElements(By.cssSelector("img[src='x'], [onerror], script:not([src])")))
                .isEmpty();
        assertThat(text("known")).isEqualTo(EVIL);
    }

    @Test
    void aScriptThatGotIntoThePageAllTheSameDoesNotRun() {
        load();
        run("const s = document.createElement('div'); s.innerHTML = '<img src=x onerror=\"window.hacked=1\">';"
                + " document.body.append(s); const t = document.createElement('script'); t.textContent = 'window.hacked=1';"
                + " document.body.append(t);");
        Chromium.until(
                "the image has failed", () -> (Boolean) run("return document.querySelector('img[src=x]').complete"));
        assertThat(run("return window.hacked")).isNull();
    }

    /** What is measured is printed, not judged: the machine that runs tests is not quiet. */
    @Test
    void isSeenAtOnce() throws Exception {
        long[] paints = new long[5];
        for (int i = 0; i < paints.length; i++) {
            load();
            Chromium.until("the page is painted", () -> paint() > 0);
            paints[i] = paint();
        }
        Arrays.sort(paints);
        System.out.println("First paint of the admin page: median " + paints[paints.length / 2] + " ms of "
                + Arrays.toString(paints));
        Path screenshot = Path.of("target/admin-page.png");
        Files.write(screenshot, browser.getScreenshotAs(OutputType.BYTES));
        assertThat(screenshot).isNotEmptyFile();
    }

    private static long paint() {
        return ((Number) run("const paint = performance.getEntriesByName('first-contentful-paint')[0];"
                        + " return paint ? Math.round(paint.startTime) : 0"))
                .longValue();
    }
}
