package dev.darkroom.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** What {@code deploy/access.md} says, as a cluster would be given it. */
final class AccessPage {
    private static final Path PAGE = Path.of("../deploy/access.md");
    private static final Pattern ROW = Pattern.compile(
            "(?m)^\\| `(?<who>\\w+)` \\| `(?<type>[A-Z_]+)` \\| (?<names>[^|]+) \\| (?<pattern>literal|prefixed)"
                    + " \\| (?<operations>[^|]+) \\| (?<delivery>share|classic|) ?\\| [^|]+ \\|$");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern POLICY = Pattern.compile("(?ms)^`(\\w+)`[^\\n]*:\\n\\n```json\\n(.*?)```$");

    private AccessPage() {}

    /** The rules of the table for one kind of delivery. */
    static List<AclBinding> rules(String delivery) throws IOException {
        List<AclBinding> rules = new ArrayList<>();
        Matcher row = ROW.matcher(Files.readString(PAGE));
        while (row.find()) {
            if (row.group("delivery").isEmpty() || row.group("delivery").equals(delivery)) {
                PatternType pattern =
                        row.group("pattern").equals("literal") ? PatternType.LITERAL : PatternType.PREFIXED;
                for (String name : codes(row.group("names"))) {
                    for (String operation : codes(row.group("operations"))) {
                        rules.add(new AclBinding(
                                new ResourcePattern(ResourceType.valueOf(row.group("type")), name, pattern),
                                new AccessControlEntry(
                                        "User:" + row.group("who"),
                                        "*",
                                        AclOperation.valueOf(operation),
                                        AclPermissionType.ALLOW)));
                    }
                }
            }
        }
        return rules;
    }

    /** The bucket policy of somebody, as JSON. */
    static String policy(String who) throws IOException {
        return POLICY.matcher(Files.readString(PAGE))
                .results()
                .filter(block -> block.group(1).equals(who))
                .map(block -> block.group(2))
                .findFirst()
                .orElseThrow(() -> new AssertionError("No policy of " + who + " in " + PAGE));
    }

    /** Lines that look like rules, whether they can be read or not. */
    static long rows() throws IOException {
        return Files.readAllLines(PAGE).stream()
                .filter(line -> line.startsWith("| `"))
                .count();
    }

    /** Lines that can be read as rules. */
    static long readRows() throws IOException {
        return ROW.matcher(Files.readString(PAGE)).results().count();
    }

    private static List<String> codes(String cell) {
        return CODE.matcher(cell).results().map(code -> code.group(1)).toList();
    }
}
