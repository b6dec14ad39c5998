package dev.darkroom.worker;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the package table of the worker: who may import whom. A change here is a change of the architecture. */
class ArchitectureTest {
    private static final String ROOT = "dev.darkroom.worker";
    private static final List<String> COMMON =
            List.of("dev.darkroom.job..", "dev.darkroom.event..", "dev.darkroom.json..", "dev.darkroom.client..");
    private static final List<String> KAFKA = List.of("org.apache.kafka..");
    private static final List<String> JSON = List.of("com.fasterxml.jackson..");
    private static final List<String> LOG = List.of("org.slf4j..");
    /** Everyone may use the JDK and the nullness annotations. */
    private static final List<String> ALWAYS = List.of("java..", "javax..", "org.jspecify..", "");

    private static final JavaClasses WORKER = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    static Stream<Arguments> table() {
        return Stream.of(
                row(
                        "bench",
                        COMMON,
                        own("storage"),
                        KAFKA,
                        JSON,
                        List.of("org.HdrHistogram..", "com.sun.net.httpserver..")),
                row("config", COMMON, JSON),
                row("metering", own("model", "diffusion.text")),
                row("tls", own("config")),
                row("intake", COMMON, own("config", "tls"), KAFKA, LOG),
                row(
                        "develop",
                        COMMON,
                        own("diffusion.text", "diffusion.schedule", "diffusion.noise", "model", "image"),
                        LOG),
                row("diffusion.text"),
                row("diffusion.schedule"),
                row("diffusion.noise"),
                row("model", own("diffusion.text")),
                row("model.catalogue", COMMON, own("model", "model.checkpoint", "tls"), JSON, LOG),
                row("model.safetensors", JSON),
                row("model.checkpoint", own("model", "model.safetensors", "diffusion.text"), JSON),
                row(
                        "model.graph",
                        own("model", "model.checkpoint", "model.safetensors"),
                        List.of("com.google.protobuf..")),
                row(
                        "model.runtime",
                        own("model", "model.graph", "model.checkpoint", "model.safetensors", "diffusion.text"),
                        List.of("ai.djl..", "ai.onnxruntime..", "com.sun.jna..", "com.sun.management.."),
                        LOG),
                row("image"),
                row("storage", own("config", "model.catalogue", "tls"), List.of("io.minio..", "okhttp3.."), LOG),
                row("events", COMMON, own("config"), KAFKA, LOG),
                row("tracing", COMMON, own("ops"), List.of("io.opentelemetry.."), LOG),
                row("logging", COMMON, own("config", "ops"), List.of("ch.qos.logback.."), JSON, LOG),
                row(
                        "ops",
                        COMMON,
                        own("config", "metering", "model", "storage", "image"),
                        List.of("com.sun.net.httpserver..", "io.micrometer.."),
                        JSON,
                        LOG),
                row("lag", COMMON, own("config", "intake", "ops", "diffusion.schedule"), KAFKA, JSON, LOG));
    }

    @ParameterizedTest
    @MethodSource("table")
    void aPackageImportsOnlyWhatTheTableGivesIt(String name, List<String> allowed) {
        List<String> permitted = new ArrayList<>(ALWAYS);
        permitted.add(ROOT + "." + name);
        permitted.addAll(allowed);
        classes()
                .that()
                .resideInAPackage(ROOT + "." + name)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(permitted.toArray(new String[0])))
                .check(WORKER);
    }

    @Test
    void everyPackageHasARow() {
        List<String> rows = table().map(row -> ROOT + "." + row.get()[0]).toList();
        assertThat(WORKER.stream()
                        .map(JavaClass::getPackageName)
                        .filter(name -> !name.equals(ROOT))
                        .distinct())
                .containsExactlyInAnyOrderElementsOf(rows);
    }

    @Test
    void onlyTheRuntimeImportsTheInferenceEngine() {
        onlyIn("model.runtime", "ai.djl..", "ai.onnxruntime..", "com.sun.jna..");
    }

    @Test
    void onlyStorageImportsTheS3Client() {
        onlyIn("storage", "io.minio..", "okhttp3..");
    }

    @Test
    void onlyOpsImportsTheMetersLibrary() {
        onlyIn("ops", "io.micrometer..", "io.prometheus..");
    }

    @Test
    void onlyTracingImportsOpenTelemetry() {
        onlyIn("tracing", "io.opentelemetry..");
    }

    @Test
    void onlyLoggingImportsTheBackend() {
        onlyIn("logging", "ch.qos.logback..");
    }

    /** Whoever does not ask for spans does not load the SDK: nothing else may need it. */
    @Test
    void onlyTheExportNeedsOpenTelemetrysSdk() {
        noClasses()
                .that()
                .haveSimpleNameNotStartingWith("Exporting")
                .and()
                .doNotHaveSimpleName("WatchedExporter")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.opentelemetry.sdk..")
                .check(WORKER);
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .should()
                .haveNameMatching(".*[.$]Abstract\\w*|.*(Util|Utils|Helper|Manager|Impl)")
                .check(WORKER);
    }

    @Test
    void onlyCommandsPrint() {
        noClasses()
                .that(resideOutsideOfPackages(ROOT))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(WORKER);
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.logging..")
                .check(WORKER);
    }

    private static void onlyIn(String name, String... libraries) {
        noClasses()
                .that(resideOutsideOfPackages(ROOT + "." + name))
                .should()
                .dependOnClassesThat(resideInAnyPackage(libraries))
                .check(WORKER);
    }

    private static List<String> own(String... names) {
        return Stream.of(names).map(name -> ROOT + "." + name).toList();
    }

    @SafeVarargs
    @SuppressWarnings("varargs") // The lists are only read.
    private static Arguments row(String name, List<String>... allowed) {
        return Arguments.of(name, Stream.of(allowed).flatMap(List::stream).toList());
    }
}
