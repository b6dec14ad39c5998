#!/usr/bin/env bash
# Runs the contract suites of bucket, source and events against a SeaweedFS and a Kafka broker that are processes of their
# own, on this machine:
#
#   deploy/real/contracts.sh
#   KAFKA_VERSION=4.2.0 deploy/real/contracts.sh      # another release of Kafka
#   WEED=/usr/bin/weed deploy/real/contracts.sh       # a SeaweedFS that is there already
#
# The broker's jars come from Maven Central, SeaweedFS is built from its Go module (some minutes, 1 GB; needs Go). Both are
# kept in target/real. Ports are those of KAFKA_PORT (39092) and the one above, and S3_PORT (18333) and the four
# above it, and all five plus 10000.
set -euo pipefail
cd "$(dirname "$0")/../.."

KAFKA_VERSION=${KAFKA_VERSION:-4.3.1}
SEAWEEDFS_VERSION=${SEAWEEDFS_VERSION:-v0.0.0-20261109003541-7506e5f91cd6}
KAFKA_PORT=${KAFKA_PORT:-39092}
S3_PORT=${S3_PORT:-18333}
SUITES=${SUITES:-*RealIT}
cache=$PWD/target/real
mkdir -p "$cache"

work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# until_ready NAME LOG COMMAND…: asks for two minutes
until_ready() {
  local name=$1 log=$2
  shift 2
  for _ in $(seq 240); do
    if "$@" >/dev/null 2>&1; then
      return
    fi
    sleep 0.5
  done
  echo "$name does not answer. Its log:" >&2
  tail -n 40 "$log" >&2
  exit 1
}

kafka=$cache/kafka-$KAFKA_VERSION
if [ ! -d "$kafka" ]; then
  ./mvnw -q -B -f deploy/real/kafka.pom.xml dependency:copy-dependencies \
    -Dreal.kafka.version="$KAFKA_VERSION" -DoutputDirectory="$kafka"
fi

weed=${WEED:-$cache/weed-$SEAWEEDFS_VERSION}
if [ ! -x "$weed" ]; then
  # Not "go install": the module has a replacement of its own, which that refuses.
  mkdir -p "$work/weed"
  (
    cd "$work/weed"
    go mod init build >go.log 2>&1
    go mod edit -require "github.com/seaweedfs/seaweedfs@$SEAWEEDFS_VERSION" \
      -replace github.com/tyler-smith/go-bip39=github.com/cosmos/go-bip39@v1.0.0
    go build -mod=mod -ldflags "-s -w" -o "$weed" github.com/seaweedfs/seaweedfs/weed
  )
fi

cat >"$work/server.properties" <<CONFIG
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((KAFKA_PORT + 1))
listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,CONTROLLER://127.0.0.1:$((KAFKA_PORT + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$work/kafka
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# The suites watch locks and sessions run out: shorter ones than a broker allows by itself.
group.share.min.record.lock.duration.ms=1000
group.share.min.heartbeat.interval.ms=500
group.share.heartbeat.interval.ms=500
group.min.session.timeout.ms=1000
CONFIG
java -cp "$kafka/*" kafka.tools.StorageTool format --ignore-formatted \
  -t 7Jw3TqGmRr6y1b0kX9dCfQ -c "$work/server.properties" >"$work/kafka.log" 2>&1
java -Xmx512m -cp "$kafka/*" kafka.Kafka "$work/server.properties" >>"$work/kafka.log" 2>&1 &
pids+=($!)

mkdir "$work/s3"
AWS_ACCESS_KEY_ID=darkroom AWS_SECRET_ACCESS_KEY=darkroom-secret \
  "$weed" mini -dir="$work/s3" -ip=127.0.0.1 -ip.bind=127.0.0.1 -s3.port="$S3_PORT" -s3.autoCreateBucket=false \
  -master.port=$((S3_PORT + 1)) -filer.port=$((S3_PORT + 2)) -volume.port=$((S3_PORT + 3)) -admin.port=$((S3_PORT + 4)) \
  -admin.port.legacy=0 -webdav=false -admin.ui=false -s3.port.iceberg=0 \
  >"$work/s3.log" 2>&1 &
pids+=($!)

until_ready Kafka "$work/kafka.log" bash -c "exec 3<>/dev/tcp/127.0.0.1/$KAFKA_PORT"
until_ready SeaweedFS "$work/s3.log" bash -c \
  "exec 3<>/dev/tcp/127.0.0.1/$S3_PORT && printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"
echo "Kafka $KAFKA_VERSION on 127.0.0.1:$KAFKA_PORT, $("$weed" version 2>/dev/null | head -n 1 | sed 's/^/SeaweedFS /') on http://127.0.0.1:$S3_PORT"

status=0
./mvnw -q -B -pl worker -am verify -Dtest=NoSuchTest -Dit.test="$SUITES" \
  -Dsurefire.failIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false \
  -Ddarkroom.real.kafka="127.0.0.1:$KAFKA_PORT" -Ddarkroom.real.s3="http://127.0.0.1:$S3_PORT" || status=$?

for report in worker/target/failsafe-reports/*RealIT.txt; do
  sed -n '/^Tests run/p' "$report"
done
exit "$status"
