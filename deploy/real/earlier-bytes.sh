#!/usr/bin/env bash
# Has the worker of an earlier commit do some jobs, and keeps what it and its client wrote: the records of each topic, and
# the small objects of the bucket. EarlierBytesTest reads them with today's code.
#
#   deploy/real/earlier-bytes.sh 3701cf3 worker/src/test/resources/earlier/3701cf3
#
# From a clone that has the commit. What the commit does not know yet (control records, resume points) is left out. Times and
# random ids differ from run to run, so EarlierBytesTest may have to be told of new ones.
set -euo pipefail
cd "$(dirname "$0")/../.."

commit=$(git rev-parse --short --verify "${1:?which commit}^{commit}")
into=$(realpath -m "${2:?where to}")
earlier=$PWD/target/real/darkroom-$commit
worker=$earlier/worker/target/darkroom-worker.jar
embedded=$earlier/deploy/embedded/target/darkroom-embedded.jar
if [ ! -f "$worker" ] || [ ! -f "$embedded" ]; then
  mkdir -p "$earlier"
  git archive "$commit" | tar -x -C "$earlier"
  (cd "$earlier" && ./mvnw -q -B package -DskipTests -Dspotless.check.skip -pl worker,deploy/embedded -am)
fi

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

# until_there FILE TEXT: waits two minutes
until_there() {
  for _ in $(seq 240); do
    if grep -q "$2" "$1"; then
      return
    fi
    sleep 0.5
  done
  echo "There is no \"$2\" in $(basename "$1"):" >&2
  tail -n 40 "$1" >&2
  exit 1
}

touch "$work/stack.env" "$work/stopped.txt"
java -jar "$embedded" --kafka-port=0 --s3-port=0 --data="$work/data" >>"$work/stack.env" 2>"$work/stack.log" &
pids+=($!)
until_there "$work/stack.env" '^DARKROOM_S3_SECRET_KEY'
mapfile -t stack < <(grep '^DARKROOM_' "$work/stack.env")
cd "$work"
darkroom=(env "${stack[@]}" DARKROOM_WORKER_ID=earlier DARKROOM_MODELS=models DARKROOM_DEFAULT_MODEL=shapes
  DARKROOM_ADMIN_PORT=0)
# What a commit does not know it refuses.
knows() {
  "${darkroom[@]}" "$1" java -jar "$worker" config >/dev/null 2>&1
}
retries=$(knows DARKROOM_RETRY_ATTEMPTS=5 && echo yes || echo no)
if knows DARKROOM_CHECKPOINT_ON_DRAIN=true; then
  darkroom+=(DARKROOM_CHECKPOINT_ON_DRAIN=true DARKROOM_DRAIN_TIMEOUT=PT0S)
fi
darkroom+=(java -jar "$worker")

mkdir "$work/models"
cp -r "$earlier/deploy/models/shapes" "$work/models/shapes"
# A model that is there, but cannot be read: its jobs are tried again, where the commit does that.
cp -r "$earlier/deploy/models/shapes" "$work/models/broken"
rm "$work/models/broken/unet/"*.safetensors
"${darkroom[@]}" init >"$work/init.log" 2>&1
"${darkroom[@]}" cancel never-sent >/dev/null 2>&1 || echo "$commit knows no cancel requests"
"${darkroom[@]}" work >"$work/worker.log" 2>&1 &
first=$!
pids+=("$first")
until_there "$work/worker.log" "takes jobs"

prompt="a red circle on a blue background"
"${darkroom[@]}" submit --id done --prompt "$prompt" --seed 7 --num-inference-steps 2 --watch --timeout PT2M >/dev/null
"${darkroom[@]}" submit --id unknown --prompt "$prompt" --model nobodys --watch --timeout PT2M >/dev/null || true
if [ "$retries" = yes ]; then
  "${darkroom[@]}" submit --id broken --prompt "$prompt" --model broken >/dev/null
fi
# Long enough to be stopped in its middle.
"${darkroom[@]}" submit --id stopped --prompt "$prompt" --seed 7 --num-inference-steps 150 --watch --json \
  >"$work/stopped.txt" 2>&1 &
pids+=($!)
# Told once a second: some of its steps are done then.
until_there "$work/stopped.txt" progress
kill -TERM "$first"
wait "$first" || true

cat >"$work/Records.java" <<'JAVA'
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Each record of each topic as a line of JSON: key, headers and value as text. */
class Records {
    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        try (var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", args[0]), bytes, bytes)) {
            for (String topic : consumer.listTopics().keySet()) {
                if (topic.startsWith("__")) {
                    continue;
                }
                List<TopicPartition> all = consumer.partitionsFor(topic).stream()
                        .map(part -> new TopicPartition(topic, part.partition())).toList();
                consumer.assign(all);
                consumer.seekToBeginning(all);
                long left = consumer.endOffsets(all).values().stream().mapToLong(Long::longValue).sum();
                StringBuilder lines = new StringBuilder();
                for (int k = 0; k < 50 && left > 0; k++) {
                    for (var record : consumer.poll(Duration.ofMillis(100))) {
                        ObjectNode line = json.createObjectNode().put("key", text(record.key()));
                        ObjectNode headers = line.putObject("headers");
                        record.headers().forEach(header -> headers.put(header.key(), text(header.value())));
                        lines.append(json.writeValueAsString(line.put("value", text(record.value())))).append('\n');
                        left--;
                    }
                }
                if (!lines.isEmpty()) {
                    Files.writeString(Path.of(args[1], topic + ".jsonl"), lines);
                }
            }
        }
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }
}
JAVA
rm -rf "$into"
mkdir -p "$into/bucket"
bootstrap=$(printf '%s\n' "${stack[@]}" | sed -n 's/^DARKROOM_KAFKA_BOOTSTRAP_SERVERS=//p')
java -cp "$worker" "$work/Records.java" "$bootstrap" "$into" 2>"$work/records.log" || { cat "$work/records.log" >&2; exit 1; }
# No path of this machine is to be in what is kept: a failure's message has one.
find "$into" -name '*.jsonl' -exec sed -i "s#$work/##g" {} +
(cd "$work/data" && find . -type f \( -name '*.json' -o -name '*.bin' \) ! -name '.probe.json' -print0 |
  while IFS= read -r -d '' file; do
    install -D -m 644 "$file" "$into/bucket/${file#*/darkroom/}"
  done)
(cd "$into" && find . -type f -exec wc -c {} +)
