package dev.darkroom.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Prometheus, Grafana and the collector of docker-compose.yml: their files fit each other and the services. */
class ComposeMonitoringTest {
    private static final Path DEPLOY = Path.of("..");

    private final JsonNode services =
            Monitoring.yaml(DEPLOY.resolve("../docker-compose.yml")).path("services");

    @Test
    void prometheusAsksEveryWorkerAndTheExporter() {
        JsonNode prometheus = Monitoring.yaml(DEPLOY.resolve("prometheus/prometheus.yaml"));
        JsonNode targets = prometheus.at("/scrape_configs/0/dns_sd_configs/0");

        assertThat(texts(targets.path("names"))).containsExactlyInAnyOrder("worker", "worker-gpu", "lag");
        assertThat(targets.path("port"))
                .isEqualTo(services.at("/worker/environment/DARKROOM_ADMIN_PORT"))
                .isEqualTo(services.at("/lag/environment/DARKROOM_ADMIN_PORT"));
        assertThat(mounts("prometheus"))
                .contains("./deploy/helm/darkroom/monitoring/rules.yaml:"
                        + prometheus.at("/rule_files/0").asText() + ":ro");
    }

    @Test
    void grafanaHasTheDashboardAndPrometheus() {
        JsonNode source = Monitoring.yaml(DEPLOY.resolve("grafana/datasources/prometheus.yaml"))
                .at("/datasources/0");
        String folder = Monitoring.yaml(DEPLOY.resolve("grafana/dashboards/darkroom.yaml"))
                .at("/providers/0/options/path")
                .asText();

        assertThat(source.path("url").asText()).isEqualTo("http://prometheus:9090");
        assertThat(services.has("prometheus")).isTrue();
        assertThat(mounts("grafana"))
                .containsExactlyInAnyOrder(
                        "./deploy/grafana:/etc/grafana/provisioning:ro",
                        "./deploy/helm/darkroom/monitoring/dashboard.json:" + folder + "/dashboard.json:ro");
    }

    @Test
    void everyPipelineOfTheCollectorIsMadeOfPartsThatItHas() {
        JsonNode collector = Monitoring.yaml(DEPLOY.resolve("compose/collector.yaml"));

        assertThat(collector.at("/service/pipelines")).isNotEmpty().allSatisfy(pipeline -> {
            for (String parts : List.of("receivers", "processors", "exporters")) {
                assertThat(texts(pipeline.path(parts))).isNotEmpty().allMatch(collector.path(parts)::has);
            }
        });
    }

    private List<String> mounts(String service) {
        return texts(services.path(service).path("volumes"));
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }
}
