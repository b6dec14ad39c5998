#!/usr/bin/env bash
# Has a worker start beside the embedded servers and make a picture, and writes which classes that took to
# worker/target/worker.classes. A build of the images makes an archive of them, with which a worker starts a second sooner.
# The list holds for this build of the worker, on any JDK.
#
#   ./mvnw -q package -DskipTests && deploy/docker/class-list.sh
#   deploy/docker/class-list.sh --measure      # how long a start takes then, five times
set -euo pipefail
cd "$(dirname "$0")/../.."
classes=$PWD/worker/target/worker.classes
jar=$PWD/worker/target/darkroom-worker.jar

work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do
    kill -KILL "$pid" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# wait_for FILE PATTERN COUNT PID
wait_for() {
  for _ in $(seq 2400); do
    if [ "$(grep -c "$2" "$1")" -ge "$3" ]; then
      return
    fi
    kill -0 "$4" || break
    sleep 0.05
  done
  echo "Not there: $2. It said:" >&2
  cat "$1" >&2
  exit 1
}

touch "$work/stack.env"
java -jar deploy/embedded/target/darkroom-embedded.jar --kafka-port=0 --s3-port=0 --data="$work/data" \
  >>"$work/stack.env" 2>"$work/stack.log" &
pids+=($!)
wait_for "$work/stack.env" '^DARKROOM_' 5 $!
mapfile -t stack < <(grep '^DARKROOM_' "$work/stack.env")
settings=("${stack[@]}" DARKROOM_MODELS="$PWD/deploy/models" DARKROOM_DEFAULT_MODEL=shapes DARKROOM_ADMIN_PORT=0)

# start LOG JVM_OPTION…: a worker, until it is ready
start() {
  local log=$1
  shift
  : >"$log"
  env "${settings[@]}" java "$@" -jar "$jar" work >>"$log" 2>&1 &
  worker=$!
  pids+=("$worker")
  wait_for "$log" 'Ready ' 1 "$worker"
}

stop() {
  kill -TERM "$worker"
  wait "$worker"
}

if [ ! -f "$classes" ] || [ "$jar" -nt "$classes" ]; then
  start "$work/worker.log" -XX:DumpLoadedClassList="$work/worker.classes"
  env "${stack[@]}" java -jar "$jar" submit --id class-list --prompt "a red circle" --watch --timeout PT2M >/dev/null
  stop
  mv "$work/worker.classes" "$classes"
fi
echo "$classes: $(grep -c '^[a-z]' "$classes") classes"

if [ "${1:-}" = --measure ]; then
  java -Xshare:dump -XX:SharedClassListFile="$classes" -XX:SharedArchiveFile="$work/worker.jsa" -cp "$jar" >/dev/null 2>&1
  for _ in 1 2 3 4 5; do
    start "$work/plain.log"
    stop
    start "$work/archive.log" -XX:SharedArchiveFile="$work/worker.jsa"
    stop
    echo "without the archive: $(sed -n 's/.*Ready \(.*\) after the start of the JVM/\1/p' "$work/plain.log");" \
      "with it: $(sed -n 's/.*Ready \(.*\) after the start of the JVM/\1/p' "$work/archive.log")"
  done
fi
