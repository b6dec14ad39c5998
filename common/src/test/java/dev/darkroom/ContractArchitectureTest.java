package dev.darkroom;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.darkroom.job.GenerationJob;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds who may import whom in the contract: jobs know nothing of events, and neither knows of Kafka. */
class ContractArchitectureTest {
    private static final String ROOT = "dev.darkroom.";
    private static final String JSON = "com.fasterxml.jackson..";
    /** All of this module, and nothing of the embedded stack, whose package begins alike. */
    private static final JavaClasses CONTRACT = new ClassFileImporter()
            .importUrl(GenerationJob.class.getProtectionDomain().getCodeSource().getLocation());

    static Stream<Arguments> table() {
        return Stream.of(
                Arguments.of("job", List.of(JSON)),
                Arguments.of("event", List.of(ROOT + "job")),
                Arguments.of("json", List.of(ROOT + "job", ROOT + "event", JSON)),
                Arguments.of("client", List.of(ROOT + "job", ROOT + "event", ROOT + "json", "org.apache.kafka..")));
    }

    @ParameterizedTest
    @MethodSource("table")
    void aPackageImportsOnlyWhatTheTableGivesIt(String name, List<String> allowed) {
        List<String> permitted = new ArrayList<>(List.of("java..", "org.jspecify..", ROOT + name));
        permitted.addAll(allowed);
        classes()
                .that()
                .resideInAPackage(ROOT + name)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(permitted.toArray(new String[0])))
                .check(CONTRACT);
    }

    @Test
    void everyPackageHasARow() {
        List<String> rows = table().map(row -> ROOT + row.get()[0]).toList();
        assertThat(CONTRACT.stream().map(JavaClass::getPackageName).distinct())
                .containsExactlyInAnyOrderElementsOf(rows);
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .should()
                .haveNameMatching(".*[.$]Abstract\\w*|.*(Util|Utils|Helper|Manager|Impl)")
                .check(CONTRACT);
    }
}
