package dev.darkroom.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeOptions;

/** A browser without a window, as Debian's packages chromium and chromium-driver bring it. */
final class Chromium {
    private static final Path BROWSER = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private Chromium() {}

    /** Skips the test, and says why, where they are absent. */
    static void assumePresent(Class<?> test) {
        boolean present = List.of(BROWSER, DRIVER).stream().allMatch(Files::isExecutable);
        if (!present) {
            System.out.println(test.getSimpleName() + " is skipped: there is no " + BROWSER + " or no " + DRIVER
                    + " (Debian's packages chromium and chromium-driver)");
        }
        Assumptions.assumeTrue(present, "no Chromium with its driver");
    }

    /**
     * Starts one.
     *
     * @param profile an empty folder
     */
    static ChromeDriver start(Path profile) {
        System.setProperty("webdriver.remote.enableTracing", "false");
        System.setProperty("webdriver.chrome.driver", DRIVER.toString()); // else a newer one would be fetched
        ChromeOptions options = new ChromeOptions();
        options.setBinary(BROWSER.toFile());
        options.addArguments(
                "--headless=new",
                "--no-sandbox", // which root, as whom CI runs, cannot have
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--window-size=1200,1600",
                "--user-data-dir=" + profile);
        return new ChromeDriver(options);
    }

    /** Waits until something holds of the page; not longer than 20 s. */
    static void until(String what, BooleanSupplier holds) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!holdsNow(holds)) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            LockSupport.parkNanos(20_000_000);
        }
    }

    /** Not while a page makes room for the next one: what was found on it may be gone when it is asked. */
    private static boolean holdsNow(BooleanSupplier holds) {
        try {
            return holds.getAsBoolean();
        } catch (StaleElementReferenceException | NoSuchElementException e) {
            return false;
        }
    }
}
