# A worker that computes on an NVIDIA card:
#
#   ./mvnw -q package -DskipTests -Pcuda && deploy/docker/class-list.sh
#   docker build -f deploy/docker/cuda.Dockerfile -t darkroom-worker:0.1.0-SNAPSHOT-cuda worker/target
#
# It runs as user 10001 on a read-only root: give it a /tmp of 2 GB or more (ONNX Runtime unpacks its CUDA provider there),
# and /var/cache/darkroom where models are downloaded. The driver comes from the host (NVIDIA container toolkit).

# onnxruntime_gpu 1.29 links against libcublas.so.12, libcublasLt.so.12, libcudart.so.12 and libcurand.so.10, and opens
# cuDNN 9: a base of CUDA 12 with cuDNN 9. Its CUDA 13 builds are other files.
ARG BASE_IMAGE=docker.io/nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04@sha256:d02c4310b6d57ca0b16cd80298bdb33a74187baafe2eccd8a6a16180ddc90802
# Of the same Ubuntu.
ARG JRE_IMAGE=docker.io/library/eclipse-temurin:17.0.19_10-jre-noble@sha256:543aebd60ff1deb9e906a8d4b117a7eda68a7f8e0d71041db2b5839d7fa057b8

FROM ${JRE_IMAGE} AS jre

# Darkroom's own jars change with each build; what others made has a layer that stays.
FROM ${BASE_IMAGE} AS sorted
COPY lib /libraries
RUN mkdir /application && mv /libraries/darkroom-*.jar /application/

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="Darkroom worker for CUDA" \
      org.opencontainers.image.description="Turns prompts on a Kafka topic into pictures in an S3 bucket, on an NVIDIA card" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=jre /opt/java/openjdk /opt/java/openjdk
ENV JAVA_HOME=/opt/java/openjdk \
    PATH=/opt/java/openjdk/bin:/usr/local/nvidia/bin:/usr/local/cuda/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
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
