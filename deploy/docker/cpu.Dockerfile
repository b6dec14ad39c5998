# A worker that computes on the CPU:
#
#   ./mvnw -q package -DskipTests && deploy/docker/class-list.sh
#   docker build -f deploy/docker/cpu.Dockerfile -t darkroom-worker:0.1.0-SNAPSHOT worker/target
#
# It runs as user 10001 on a read-only root: give it a /tmp to write to, and /var/cache/darkroom where models are downloaded.

# A tag for people and a digest for machines. A build of your own base: --build-arg BASE_IMAGE=…
ARG BASE_IMAGE=docker.io/library/eclipse-temurin:17.0.19_10-jre-noble@sha256:543aebd60ff1deb9e906a8d4b117a7eda68a7f8e0d71041db2b5839d7fa057b8

# Darkroom's own jars change with each build; what others made has a layer that stays.
FROM ${BASE_IMAGE} AS sorted
COPY lib /libraries
RUN mkdir /application && mv /libraries/darkroom-*.jar /application/

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="Darkroom worker" \
      org.opencontainers.image.description="Turns prompts on a Kafka topic into pictures in an S3 bucket, on the CPU" \
      org.opencontainers.image.licenses="Apache-2.0"
# Whose the libraries are, and what there is (CycloneDX). The latter is made by builds that may use the network.
COPY THIRD-PARTY.txt darkroom-worker.cdx.json /opt/darkroom/licenses/
COPY --from=sorted /libraries /opt/darkroom/lib
COPY --from=sorted /application /opt/darkroom/lib
COPY darkroom-worker.jar worker.classe[s] /opt/darkroom/
# What a worker loads, ready to be mapped: it starts a second sooner. Without the list only the JDK's own classes.
RUN list=/opt/darkroom/worker.classes; \
    if [ -f "$list" ]; then set -- -XX:SharedClassListFile="$list"; fi; \
    java -Xshare:dump -Xlog:cds=off -Xlog:cds+heap=off "$@" -XX:SharedArchiveFile=/opt/darkroom/worker.jsa \
      -cp /opt/darkroom/darkroom-worker.jar >/tmp/dump.log 2>&1 || { cat /tmp/dump.log; exit 1; }; \
    rm -f "$list" /tmp/dump.log
RUN mkdir -p /var/cache/darkroom && chown 10001:10001 /var/cache/darkroom
# The user has no home. ONNX Runtime reports to its makers unless it is told not to; the worker does that too.
ENV JDK_JAVA_OPTIONS="-XX:MaxRAMPercentage=50 -XX:SharedArchiveFile=/opt/darkroom/worker.jsa" \
    DARKROOM_ADMIN_HOST=0.0.0.0 \
    DJL_CACHE_DIR=/tmp/djl \
    ORT_DISABLE_TELEMETRY=1 \
    XDG_CACHE_HOME=/var/cache
USER 10001:10001
EXPOSE 9464
ENTRYPOINT ["java", "-jar", "/opt/darkroom/darkroom-worker.jar"]
CMD ["work"]
