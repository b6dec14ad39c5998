package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.ops.AdminClient;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The admin port of a worker on a real broker and a real bucket, which has done a job. */
class WorkerAdminTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TOKEN = "a-token-of-this-test";
    private static final String PROMPT = "a red circle zyzzyva";
    private static final Pattern FAMILY = Pattern.compile("(?m)^# TYPE (\\S+) ");
    private static final Pattern DOCUMENTED = Pattern.compile("(?m)^\\| `((?:sd|kafka|jvm|process|system)_[a-z_*]+)`");

    private static TestStack stack;
    private static Worker worker;
    private static EventLog events;
    private static AdminClient admin;
    private static String afterTheFirstJob;

    @BeforeAll
    static void open() throws Exception {
        stack = new TestStack();
        worker = Worker.start(ConfigLoader.load(
                Optional.empty(),
                stack.environment(),
                Map.of("admin.token", TOKEN, "admin.pictures", "3", "admin.port", "0"),
                "worker-1"));
        events = stack.events();
        admin = new AdminClient(worker.adminPort());
        stack.send(
                "first",
                "{\"id\": \"first\", \"prompt\": \"" + PROMPT + "\", \"num_inference_steps\": 2, \"seed\": 1}");
        assertThat(events.awaitEnd("first", LIMIT)).isInstanceOf(JobEvent.Completed.class);
        // Settled is later than told.
        await("/metrics", "sd_job_duration_seconds_count{phase=\"total\"} 1");
        await("/metrics", "sd_images_total{format=\"png\",model=\"shapes\"} 1");
        afterTheFirstJob = await("/metrics", "sd_jobs_total{lane=\"normal\",model=\"shapes\",outcome=\"completed\"} 1");
    }

    @AfterAll
    static void close() throws Exception {
        events.close();
        worker.close();
        stack.close();
    }

    /** Asks until the answer has a text. */
    private static String await(String path, String text) throws Exception {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            String body = admin.get(path).body();
            if (body.contains(text)) {
                return body;
            }
            assertThat(System.nanoTime()).as("%s has %s: %s", path, text, body).isLessThan(end);
        }
    }

    @Test
    void everyMetricIsInTheGuideAndEveryOneInTheGuideIsExported() throws Exception {
        Set<String> documented = DOCUMENTED
                .matcher(Files.readString(Path.of("../deploy/README.md")))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        List<String> families = documented.stream()
                .filter(name -> name.endsWith("*"))
                .map(name -> name.substring(0, name.length() - 1))
                .toList();
        Set<String> exported = new TreeSet<>();
        Matcher matcher = FAMILY.matcher(admin.get("/metrics").body());
        while (matcher.find()) {
            String name = matcher.group(1);
            exported.add(families.stream()
                    .filter(name::startsWith)
                    .map(family -> family + "*")
                    .findFirst()
                    .orElse(name));
        }
        exported.removeIf(name -> name.endsWith("_seconds_max") || name.endsWith("_rows_max"));
        assertThat(exported).isEqualTo(documented);
    }

    @Test
    void aJobIsCountedInEachOfItsPhases() {
        String metrics = afterTheFirstJob;
        assertThat(metrics)
                .contains("sd_images_total{format=\"png\",model=\"shapes\"} 1.0")
                .contains("sd_job_duration_seconds_count{phase=\"denoise\"} 1")
                .contains("sd_job_duration_seconds_count{phase=\"total\"} 1")
                .contains("sd_denoise_step_seconds_count{model=\"shapes\"} 2")
                .contains("sd_denoise_rows_sum{model=\"shapes\"} 4.0")
                .contains("sd_worker_state{state=\"taking\"} 1.0")
                .contains("sd_storage_breaker_open 0.0")
                .contains("sd_models_loaded 1.0");
        assertThat(value(metrics, "sd_device_busy_seconds_total")).isPositive();
        assertThat(value(metrics, "sd_upload_bytes_total")).isPositive();
        assertThat(value(metrics, "kafka_producer_records_total")).isPositive();
        assertThat(value(metrics, "kafka_consumer_records_total")).isPositive();
        assertThat(value(metrics, "kafka_connections")).isPositive();
    }

    /** What KafkaMeters asks for by name: a client of another version may have another one. */
    @Test
    void theClientsHaveTheBeansThatAreRead() throws Exception {
        Map<String, String> read = Map.of(
                "kafka.producer:type=producer-metrics", "connection-count",
                "kafka.consumer:type=consumer-metrics", "connection-count",
                "kafka.admin.client:type=admin-client-metrics", "connection-count",
                "kafka.consumer:type=consumer-share-fetch-manager-metrics", "records-consumed-total",
                "kafka.consumer:type=consumer-share-coordinator-metrics", "rebalance-total");
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        for (Map.Entry<String, String> bean : read.entrySet()) {
            Set<ObjectName> there = beans.queryNames(new ObjectName(bean.getKey() + ",client-id=*"), null);
            assertThat(there).as(bean.getKey()).isNotEmpty();
            assertThat(beans.getAttribute(there.iterator().next(), bean.getValue()))
                    .as(bean.getValue())
                    .isNotNull();
        }
    }

    private static double value(String metrics, String name) {
        Matcher matcher =
                Pattern.compile("(?m)^" + name + "(?:\\{.*})? (\\S+)$").matcher(metrics);
        assertThat(matcher.find()).as(name).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    @Test
    void nothingThatAnybodyCanReadHasAPromptOrASecret() throws Exception {
        Map<String, String> environment = stack.environment();
        for (String path : List.of("/", "/status", "/metrics", "/readyz")) {
            assertThat(admin.get(path).body())
                    .as(path)
                    .doesNotContain("zyzzyva")
                    .doesNotContain(TOKEN)
                    .doesNotContain(environment.get("DARKROOM_S3_SECRET_KEY"))
                    .doesNotContain(environment.get("DARKROOM_S3_ACCESS_KEY"));
        }
        assertThat(admin.get("/status").body())
                .contains("\"worker\":\"worker-1\"", "\"state\":\"taking\"", "\"loaded\":[\"shapes\"]")
                .contains("\"pictures\":[{\"number\":");
        assertThat(admin.get("/pictures/1.jpg").statusCode()).isEqualTo(200);
    }

    @Test
    void aJobThatRunsIsSeenAndCancelled() throws Exception {
        stack.send("long", """
                {"id": "long", "prompt": "a red ring", "num_inference_steps": 150, "width": 512, "height": 512}""");
        String status = await("/status", "\"call\":[{\"job\":\"long\",\"rows\":2}]");
        assertThat(status)
                .contains("\"id\":\"long\"", "\"model\":\"shapes\"", "\"phase\":\"denoise\"", "\"steps\":150")
                .contains("{\"lane\":\"normal\",\"weight\":4,\"slots\":1,\"running\":1}");
        assertThat(admin.get("/metrics").body()).contains("sd_jobs_in_flight{lane=\"normal\"} 1.0");

        assertThat(admin.post("/cancel", Map.of("job", "long", "token", TOKEN)).statusCode())
                .isEqualTo(200);

        assertThat(events.awaitEnd("long", LIMIT)).isInstanceOf(JobEvent.Cancelled.class);
        await("/metrics", "outcome=\"cancelled\"} 1");
        assertThat(await("/status", "\"jobs\":[]")).contains("\"call\":[]");
    }

    @Test
    void aJobThatIsFilledInIsDone() throws Exception {
        Map<String, String> form = Map.of(
                "id", "filled-in", "prompt", "a red ring", "num_inference_steps", "1", "lane", "high", "token", TOKEN);
        assertThat(admin.post("/submit", form).body()).contains("Sent job filled-in.");
        assertThat(events.awaitEnd("filled-in", LIMIT)).isInstanceOf(JobEvent.Completed.class);
        await("/metrics", "sd_jobs_total{lane=\"high\",model=\"shapes\",outcome=\"completed\"} 1");
    }

    @Test
    void aJobThatFailsIsCountedByItsCode() throws Exception {
        stack.send("no-model", "{\"id\": \"no-model\", \"prompt\": \"a red ring\", \"model\": \"<b>\"}");
        assertThat(events.awaitEnd("no-model", LIMIT)).isInstanceOf(JobEvent.Failed.class);
        await("/metrics", "sd_job_failures_total{code=\"UNKNOWN_MODEL\"} 1.0");
        await("/metrics", "sd_jobs_total{lane=\"normal\",model=\"none\",outcome=\"failed\"} 1.0");
        assertThat(await("/metrics", "sd_dlt_total{reason=\"UNKNOWN_MODEL\"} 1.0"))
                .doesNotContain("<b>");
    }
}
