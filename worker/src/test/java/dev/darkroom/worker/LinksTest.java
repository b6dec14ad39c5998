package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Links between the repository's pages lead somewhere: to a file that is there, and to a heading that it has. */
class LinksTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern LINK = Pattern.compile("]\\(([^()\\s]+)\\)");
    private static final Pattern CODE = Pattern.compile("(?s)```.*?```|`[^`\\n]*`");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern SCRIPT = Pattern.compile("`(deploy/[\\w./-]+)");

    static List<Path> pages() {
        return Stream.of(
                        "README.md",
                        "CHANGELOG.md",
                        "deploy/README.md",
                        "deploy/access.md",
                        "worker/decisions.md",
                        "worker/delivery.md")
                .map(ROOT::resolve)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void linksLeadSomewhere(Path page) throws IOException {
        List<String> broken = LINK.matcher(withoutCode(page))
                .results()
                .map(link -> link.group(1))
                .filter(link -> !link.startsWith("http"))
                .filter(link -> !leads(page, link))
                .toList();

        assertThat(broken).as("links of " + page + " that lead nowhere").isEmpty();
    }

    /** Files that pages name are named from the root. */
    @ParameterizedTest
    @MethodSource("pages")
    void filesThatAreNamedAreThere(Path page) throws IOException {
        List<String> absent = SCRIPT.matcher(Files.readString(page))
                .results()
                .map(name -> name.group(1))
                .filter(name -> !name.contains("/target/") && Files.notExists(ROOT.resolve(name)))
                .toList();

        assertThat(absent)
                .as("files that " + page + " names and that are not there")
                .isEmpty();
    }

    private static boolean leads(Path page, String link) {
        int hash = link.indexOf('#');
        String file = hash < 0 ? link : link.substring(0, hash);
        Path target = file.isEmpty() ? page : page.resolveSibling(file);
        try {
            return Files.exists(target)
                    && (hash < 0
                            || HEADING.matcher(withoutBlocks(target))
                                    .results()
                                    .map(LinksTest::anchor)
                                    .collect(Collectors.toSet())
                                    .contains(link.substring(hash + 1)));
        } catch (IOException e) {
            throw new AssertionError(target + " cannot be read", e);
        }
    }

    /** What a heading is called in links, as GitHub has it. */
    private static String anchor(MatchResult heading) {
        return heading.group(1)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    private static String withoutCode(Path page) throws IOException {
        return CODE.matcher(Files.readString(page)).replaceAll("");
    }

    private static String withoutBlocks(Path page) throws IOException {
        return Files.readString(page).replaceAll("(?s)```.*?```", "");
    }
}
