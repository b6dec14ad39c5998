package dev.darkroom.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** What single values of the chart do. */
class ChartDetailsTest {
    @Test
    void aFieldThatAKindDoesNotHaveIsSeen() {
        JsonNode deployment = Chart.render("").worker();
        ((ObjectNode) deployment.at("/spec/template/spec")).put("terminationGracePeriodSecond", 300);

        assertThat(Manifests.complaint(deployment)).contains("terminationGracePeriodSecond");

        Manifests scaled = Chart.render("autoscaling: {enabled: true}\npodMonitor: {enabled: true}");
        JsonNode object = scaled.one("ScaledObject", "pictures-darkroom");
        ((ObjectNode) object.path("spec")).put("minReplicas", 0);
        assertThat(Manifests.complaint(object)).contains("/spec/minReplicas");
        JsonNode monitor = scaled.one("PodMonitor", "pictures-darkroom");
        ((ObjectNode) monitor.at("/spec/podMetricsEndpoints/0")).put("targetport", 1);
        assertThat(Manifests.complaint(monitor)).contains("targetport");
    }

    @Test
    void aSecretIsNamedAndNeverWritten() {
        Manifests manifests = Chart.render("""
                secrets:
                  s3.access-key: {secret: bucket, key: id}
                  s3.secret-key: {secret: bucket, key: secret}
                  kafka.properties.sasl.jaas.config: {secret: broker, key: jaas}
                autoscaling: {enabled: true}
                """);
        JsonNode jaas = variable(manifests.workerContainer(), "DARKROOM_KAFKA_PROPERTY_SASL_JAAS_CONFIG");

        assertThat(jaas.at("/valueFrom/secretKeyRef/name").asText()).isEqualTo("broker");
        assertThat(jaas.at("/valueFrom/secretKeyRef/key").asText()).isEqualTo("jaas");
        assertThat(variable(manifests.workerContainer(), "DARKROOM_S3_ACCESS_KEY")
                        .at("/valueFrom/secretKeyRef/key")
                        .asText())
                .isEqualTo("id");
        JsonNode exporter = manifests.one("Deployment", "pictures-darkroom-lag").at("/spec/template/spec/containers/0");
        assertThat(variable(exporter, "DARKROOM_KAFKA_PROPERTY_SASL_JAAS_CONFIG"))
                .isEqualTo(jaas);
        assertThat(exporter.path("env").findValuesAsText("name"))
                .as("the exporter has no business with the bucket")
                .doesNotContain("DARKROOM_S3_ACCESS_KEY", "DARKROOM_S3_SECRET_KEY");
        assertThat(manifests.all("Secret")).isEmpty();
    }

    @Test
    void aPrivateAuthorityIsMountedWhereTheWorkerLooks() {
        Manifests manifests =
                Chart.render("privateAuthority: {secret: company-ca, key: bundle.pem}\nlagExporter: {enabled: true}");

        assertThat(manifests.config().at("/s3/ca-file").asText()).isEqualTo("/etc/darkroom-ca/ca.crt");
        for (JsonNode deployment : manifests.all("Deployment")) {
            JsonNode pod = deployment.at("/spec/template/spec");
            assertThat(pod.path("volumes"))
                    .filteredOn(volume -> volume.path("name").asText().equals("private-authority"))
                    .singleElement()
                    .satisfies(volume -> {
                        assertThat(volume.at("/secret/secretName").asText()).isEqualTo("company-ca");
                        assertThat(volume.at("/secret/items/0/key").asText()).isEqualTo("bundle.pem");
                        assertThat(volume.at("/secret/items/0/path").asText()).isEqualTo("ca.crt");
                    });
            assertThat(pod.at("/containers/0/volumeMounts"))
                    .filteredOn(mount -> mount.path("name").asText().equals("private-authority"))
                    .extracting(mount -> mount.path("mountPath").asText())
                    .containsExactly("/etc/darkroom-ca");
        }
        assertThat(Chart.render("").config().at("/s3/ca-file").isMissingNode()).isTrue();
    }

    @Test
    void aGpuIsAskedForAndTolerated() {
        Manifests manifests =
                Chart.render("gpu: {enabled: true, count: 2}\ntolerations: [{key: spot, operator: Exists}]");
        JsonNode pod = manifests.worker().at("/spec/template/spec");

        assertThat(pod.at("/containers/0/resources/limits/nvidia.com~1gpu").asInt())
                .isEqualTo(2);
        assertThat(pod.at("/containers/0/resources/limits/memory").asText()).isEqualTo("8Gi");
        assertThat(pod.path("tolerations").findValuesAsText("key")).containsExactly("nvidia.com/gpu", "spot");
        assertThat(manifests.config().path("device").asText()).isEqualTo("cuda");
        assertThat(pod.at("/containers/0/image").asText()).endsWith("-cuda");
        assertThat(Chart.render("gpu: {enabled: true}\nconfig: {device: auto}")
                        .config()
                        .path("device")
                        .asText())
                .isEqualTo("auto");
    }

    @Test
    void theNumberOfWorkersIsKedasWhileItScales() {
        Manifests manifests =
                Chart.render("replicas: 3\nautoscaling: {enabled: true, minReplicas: 1, maxReplicas: 12}");
        JsonNode object = manifests.one("ScaledObject", "pictures-darkroom").path("spec");
        JsonNode trigger = object.at("/triggers/0/metadata");

        assertThat(manifests.worker().path("spec").has("replicas")).isFalse();
        assertThat(object.at("/scaleTargetRef/name"))
                .isEqualTo(manifests.worker().at("/metadata/name"));
        assertThat(object.path("maxReplicaCount").asInt()).isEqualTo(12);
        assertThat(manifests.config().at("/lag/replicas/min").asInt()).isEqualTo(1);
        assertThat(manifests.config().at("/lag/replicas/max").asInt()).isEqualTo(12);
        JsonNode service = manifests.one("Service", "pictures-darkroom-lag");
        assertThat(trigger.path("url").asText())
                .isEqualTo("http://" + service.at("/metadata/name").asText() + ".studio.svc:"
                        + service.at("/spec/ports/0/port").asText() + "/lag");
        assertThat(Chart.render("replicas: 3").worker().at("/spec/replicas").asInt())
                .isEqualTo(3);
    }

    @Test
    void onlyThePortsOfBrokersAndBucketAreOpen() {
        Manifests manifests = Chart.render("""
                config:
                  kafka: {bootstrap-servers: "a:9094,b:9095"}
                  s3: {endpoint: "http://seaweedfs:8333"}
                networkPolicy: {kafkaPorts: [9292]}
                lagExporter: {enabled: true}
                """);

        assertThat(ports(manifests.one("NetworkPolicy", "pictures-darkroom")))
                .containsExactlyInAnyOrder("53", "53", "9094", "9095", "9292", "8333", "443");
        assertThat(ports(manifests.one("NetworkPolicy", "pictures-darkroom-lag")))
                .containsExactlyInAnyOrder("53", "53", "9094", "9095", "9292");
        assertThat(ports(Chart.render("config: {s3: {endpoint: \"https://s3.example.com\"}}")
                        .one("NetworkPolicy", "pictures-darkroom")))
                .containsExactlyInAnyOrder("53", "53", "9092", "443");
        assertThat(ports(Chart.render("config: {s3: {endpoint: \"http://s3\"}}")
                        .one("NetworkPolicy", "pictures-darkroom")))
                .containsExactlyInAnyOrder("53", "53", "9092", "80", "443");
    }

    /** With the options that both start it with it had up to 89 MB resident; where it is ended, nobody scales by work. */
    @Test
    void theExporterHasTheMemoryThatItTakes() {
        JsonNode exporter = Chart.render("lagExporter: {enabled: true}")
                .one("Deployment", "pictures-darkroom-lag")
                .at("/spec/template/spec/containers/0");
        JsonNode service = Monitoring.yaml(Path.of("../../docker-compose.yml")).at("/services/lag");

        assertThat(exporter.at("/resources/limits/memory").asText()).isEqualTo("128Mi");
        assertThat(service.path("mem_limit").asText()).isEqualTo("128m");
        assertThat(variable(exporter, "JDK_JAVA_OPTIONS").path("value"))
                .isEqualTo(service.at("/environment/JDK_JAVA_OPTIONS"));
        assertThat(variable(exporter, "JDK_JAVA_OPTIONS").path("value").asText())
                .as("interpreted code decrypts half a megabyte a second")
                .contains("-XX:CompileThresholdScaling=")
                .doesNotContain("-Xint");
    }

    @Test
    void changedSettingsMakeNewPods() {
        assertThat(checksum("config: {slots: 1}")).isNotEqualTo(checksum("config: {slots: 2}"));
        assertThat(checksum("config: {slots: 1}")).isEqualTo(checksum("config: {slots: 1}"));
    }

    @Test
    void theProbesAskTheAdminPort() {
        Manifests manifests = Chart.render("startupSeconds: 1200");
        JsonNode container = manifests.workerContainer();

        assertThat(container.at("/ports/0/containerPort"))
                .isEqualTo(manifests.config().at("/admin/port"));
        for (String probe : List.of("startup", "liveness", "readiness")) {
            assertThat(container.path(probe + "Probe").at("/httpGet/port").asText())
                    .isEqualTo(container.at("/ports/0/name").asText());
        }
        assertThat(container.at("/startupProbe/periodSeconds").asInt()
                        * container.at("/startupProbe/failureThreshold").asInt())
                .isEqualTo(1200);
    }

    @Test
    void modelsComeFromWhereTheyLie() {
        JsonNode image = Chart.render("models: {volume: {image: \"registry.example.com/models:1\"}}")
                .worker()
                .at("/spec/template/spec/volumes");
        assertThat(image.findPath("reference").asText()).isEqualTo("registry.example.com/models:1");

        Manifests catalogue = Chart.render("models: {catalogue: [{id: a, source: \"s3://models/a.safetensors\"}]}");
        assertThat(catalogue.config().path("models").asText()).isEqualTo("/etc/darkroom/models.yaml");
        assertThat(Chart.render("").config().path("models").asText()).isEqualTo("/models");
        assertThat(Chart.render("modelCache: {claim: cache}")
                        .worker()
                        .at("/spec/template/spec/volumes")
                        .findPath("claimName")
                        .asText())
                .isEqualTo("cache");
    }

    @Test
    void theCacheDoesNotFillItsVolume() {
        Manifests manifests = Chart.render("modelCache: {size: 20Gi}");

        assertThat(manifests.worker().at("/spec/template/spec/volumes").findValuesAsText("sizeLimit"))
                .contains("20Gi");
        assertThat(manifests.config().at("/model-cache/size").asText()).isEqualTo("18432MiB");
        assertThat(Chart.render("modelCache: {claim: cache, size: 1Ti}\nconfig: {model-cache: {size: 300GB}}")
                        .config()
                        .at("/model-cache/size")
                        .asText())
                .isEqualTo("300GB");
    }

    @Test
    void aStrategyHasOnlyWhatBelongsToIt() {
        assertThat(Chart.render("strategy: {type: Recreate}").worker().at("/spec/strategy"))
                .hasSize(1);
        assertThat(Chart.render("strategy: {rollingUpdate: {maxSurge: 2}}")
                        .worker()
                        .at("/spec/strategy/rollingUpdate/maxSurge")
                        .asInt())
                .isEqualTo(2);
    }

    @Test
    void rulesAndDashboardAreThoseOfTheFiles() {
        Manifests manifests = Chart.render("prometheusRule: {enabled: true}\ngrafanaDashboard: {enabled: true}");

        assertThat(manifests.one("PrometheusRule", "pictures-darkroom").at("/spec/groups"))
                .isEqualTo(Monitoring.rules().path("groups"))
                .isNotEmpty();
        assertThat(Monitoring.parse(manifests
                        .one("ConfigMap", "pictures-darkroom-dashboard")
                        .at("/data/darkroom.json")
                        .asText()))
                .isEqualTo(Monitoring.dashboard());
    }

    @Test
    void alertsLinkToTheRunbookWhereItIsRead() {
        List<String> links = Chart.render(
                        "prometheusRule: {enabled: true, runbook: \"https://wiki.example.com/darkroom\"}")
                .one("PrometheusRule", "pictures-darkroom")
                .findValuesAsText("runbook_url");

        assertThat(links)
                .hasSameSizeAs(Monitoring.rules().findValuesAsText("alert"))
                .contains("https://wiki.example.com/darkroom#darkroomnoprogress")
                .allMatch(link -> link.startsWith("https://wiki.example.com/darkroom#darkroom"));
    }

    private static String checksum(String values) {
        return Chart.render(values)
                .worker()
                .at("/spec/template/metadata/annotations/checksum~1config")
                .asText();
    }

    private static List<String> ports(JsonNode policy) {
        return StreamSupport.stream(policy.at("/spec/egress").spliterator(), false)
                .flatMap(rule -> rule.path("ports").findValuesAsText("port").stream())
                .toList();
    }

    private static JsonNode variable(JsonNode container, String name) {
        return StreamSupport.stream(container.path("env").spliterator(), false)
                .filter(variable -> variable.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no variable " + name));
    }
}
