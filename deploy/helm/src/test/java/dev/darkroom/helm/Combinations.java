package dev.darkroom.helm;

import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Values that somebody may give, each with a name. */
final class Combinations {
    private Combinations() {}

    static Stream<Arguments> all() {
        return Stream.of(
                Arguments.of("none", ""),
                Arguments.of("settings", """
                        config:
                          kafka: {bootstrap-servers: "a.kafka:9094,b.kafka:9095", group: studio, topics: {jobs: studio.jobs, partitions: 24, replication: 3}}
                          s3: {bucket: pictures, region: eu-central-1, prefix: "", path-style: false}
                          default-model: xl
                          memory-mode: high
                          slots: 4
                          lanes: {low: 0}
                          model-memory: 12GB
                          determinism: fast
                          admin: {names: "darkroom.example.org, darkroom", pictures: 12}
                        """),
                Arguments.of("settings of Kafka's clients", """
                        config:
                          kafka:
                            bootstrap-servers: broker:9093
                            properties: {security.protocol: SASL_SSL, sasl.mechanism: SCRAM-SHA-512, max.request.size: "20971520"}
                        """),
                Arguments.of("secrets", """
                        secrets:
                          s3.access-key: {secret: bucket, key: id}
                          s3.secret-key: {secret: bucket, key: secret}
                          kafka.properties.sasl.jaas.config: {secret: broker, key: jaas}
                          admin.token: {secret: admin, key: token}
                        """),
                Arguments.of("a private authority", """
                        privateAuthority: {secret: company-ca, key: bundle.pem}
                        config:
                          kafka:
                            properties: {security.protocol: SSL, ssl.truststore.type: PEM, ssl.truststore.location: /etc/darkroom-ca/ca.crt, ssl.keystore.type: PEM}
                          s3: {endpoint: "https://s3.example.com:9000"}
                        secrets:
                          kafka.properties.ssl.keystore.key: {secret: kafka-client, key: tls.key}
                          kafka.properties.ssl.keystore.certificate.chain: {secret: kafka-client, key: tls.crt}
                        lagExporter: {enabled: true}
                        """),
                Arguments.of("an image by digest", """
                        image: {repository: registry.example.com/studio/worker, digest: "sha256:%s"}
                        imagePullSecrets: [{name: registry}]
                        """.formatted("0123456789abcdef".repeat(4))),
                Arguments.of("GPU", "gpu: {enabled: true}"),
                Arguments.of("several GPUs of another maker", """
                        gpu: {enabled: true, resource: amd.com/gpu, count: 2, runtimeClassName: rocm}
                        config: {device: auto, memory-mode: low}
                        tolerations: [{key: spot, operator: Exists, effect: NoSchedule}]
                        nodeSelector: {node.example.com/gpu: h200}
                        """),
                Arguments.of("autoscaling", "autoscaling: {enabled: true}"),
                Arguments.of("autoscaling with everything", """
                        autoscaling:
                          enabled: true
                          minReplicas: 2
                          maxReplicas: 40
                          scaleDown: {stabilizationWindowSeconds: 600, pods: 3, periodSeconds: 120}
                          fallback: {failureThreshold: 5, replicas: 4}
                        config: {log: {format: json}, lag: {target-wait: {high: PT5S, normal: PT2M, low: PT1H}, step-time: 40ms}}
                        podMonitor: {enabled: true}
                        """),
                Arguments.of("an exporter without autoscaling", "lagExporter: {enabled: true}"),
                Arguments.of("a catalogue", """
                        models:
                          catalogue:
                            - {id: shapes, source: /models/shapes, family: sd1}
                            - id: house-style
                              source: s3://models/house-style.safetensors
                              sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
                              vae: {source: s3://models/vae/}
                              defaults: {scheduler: euler, steps: 30, guidance-scale: 5.5, width: 1024, height: 768}
                            - {id: ink, kind: lora, source: s3://models/ink.safetensors, family: sd1}
                            - {id: cat-toy, kind: embedding, source: s3://models/cat.safetensors, token: <cat-toy>}
                          volume: {hostPath: /srv/models}
                        config: {default-model: shapes}
                        """),
                Arguments.of("models in an image", "models: {volume: {image: \"registry.example.com/models:1\"}}"),
                Arguments.of("models in a claim", "models: {path: /models/xl.safetensors, volume: {claim: models}}"),
                Arguments.of("a cache in a claim", "modelCache: {claim: cache, size: 200Gi}\nreplicas: 3"),
                Arguments.of("a cache on the node", "modelCache: {hostPath: /var/lib/darkroom}"),
                Arguments.of("IRSA", """
                        serviceAccount:
                          annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::123456789012:role/darkroom"}
                        """),
                Arguments.of("an account that exists", "serviceAccount: {create: false, name: studio}"),
                Arguments.of("monitoring", """
                        podMonitor: {enabled: true, interval: 30s, labels: {release: prometheus}}
                        prometheusRule: {enabled: true, labels: {release: prometheus}}
                        grafanaDashboard: {enabled: true}
                        lagExporter: {enabled: true}
                        """),
                Arguments.of("an own network", """
                        config:
                          kafka: {bootstrap-servers: "kafka:9092,kafka:9192"}
                          s3: {endpoint: "http://seaweedfs:8333"}
                        networkPolicy:
                          kafkaPorts: [9292]
                          egress: [{to: [{podSelector: {matchLabels: {app: otel}}}], ports: [{port: 4317, protocol: TCP}]}]
                          monitoring: {podSelector: {matchLabels: {app: prometheus}}}
                        lagExporter: {enabled: true}
                        """),
                Arguments.of("as little as possible", """
                        podDisruptionBudget: {enabled: false}
                        networkPolicy: {enabled: false}
                        serviceAccount: {create: false}
                        strategy: {type: Recreate}
                        terminationGracePeriodSeconds: 30
                        resources: {requests: null, limits: null}
                        """),
                Arguments.of("everything else", """
                        nameOverride: painter
                        fullnameOverride: pictures-darkroom
                        podLabels: {team: studio}
                        podAnnotations: {example.com/cost-centre: "42"}
                        affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [a]}]}]}}}
                        priorityClassName: batch
                        extraEnv: [{name: TZ, value: UTC}]
                        extraVolumes: [{name: truststore, secret: {secretName: kafka-tls}}]
                        extraVolumeMounts: [{name: truststore, mountPath: /etc/kafka-tls, readOnly: true}]
                        jvmOptions: [-XX:MaxRAMPercentage=40, -XX:+UseZGC]
                        podDisruptionBudget: {maxUnavailable: "20%"}
                        global: {clusterName: studio}
                        """));
    }
}
