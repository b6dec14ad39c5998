package dev.darkroom.embedded;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Holds for the embedded stack what the contract's and the worker's tests of this kind hold for those. */
class EmbeddedArchitectureTest {
    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .should()
                .haveNameMatching(".*[.$]Abstract\\w*|.*(Util|Utils|Helper|Manager|Impl)")
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("dev.darkroom.embedded"));
    }
}
