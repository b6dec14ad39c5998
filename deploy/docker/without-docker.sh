#!/usr/bin/env bash
# Builds cpu.Dockerfile where there is no Docker, on a base of Debian's own packages, and has a worker make a picture from
# what it built: on a read-only root, as the image's user, with nothing to write to but /tmp and the cache.
#
#   ./mvnw -q package -DskipTests && deploy/docker/without-docker.sh
#
# For root on Debian: it needs mmdebstrap, buildah and the right to mount. Takes 1 GB in a temporary folder, and removes it.
set -euo pipefail
cd "$(dirname "$0")/../.."

for tool in buildah mmdebstrap java unshare; do
  if ! command -v "$tool" >/dev/null; then
    echo "$tool is not installed (Debian: apt-get install buildah mmdebstrap openjdk-17-jre-headless)" >&2
    exit 1
  fi
done
for jar in worker/target/darkroom-worker.jar worker/target/darkroom-worker.cdx.json deploy/embedded/target/darkroom-embedded.jar; do
  if [ ! -f "$jar" ]; then
    echo "$jar is missing: ./mvnw -q package -DskipTests" >&2
    exit 1
  fi
done

deploy/docker/class-list.sh  # makes one if there is none of this build

work=$(mktemp -d)
# Where the kernel has no overlays, STORAGE_DRIVER=vfs does, with a copy of everything for each layer.
store=(--root "$work/store" --runroot "$work/run" --storage-driver "${STORAGE_DRIVER:-overlay}")
stack_pid=""
worker_pid=""
finish() {
  [ -z "$worker_pid" ] || kill -KILL "$worker_pid" 2>/dev/null || true
  [ -z "$stack_pid" ] || kill "$stack_pid" 2>/dev/null || true
  wait 2>/dev/null || true
  buildah "${store[@]}" umount --all >/dev/null 2>&1 || true
  umount "$work/store/overlay" 2>/dev/null || true
  # Not what is mounted below it, if something is.
  rm -rf --one-file-system "$work"
}
trap finish EXIT

echo "Base: Debian $(. /etc/os-release && echo "$VERSION_CODENAME") with a JRE"
mmdebstrap --quiet --variant=minbase --include=openjdk-17-jre-headless,ca-certificates \
  "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$work/base.tar"
container=$(buildah "${store[@]}" from --quiet scratch)
buildah "${store[@]}" add --quiet "$container" "$work/base.tar" / >/dev/null
buildah "${store[@]}" commit --quiet "$container" localhost/darkroom-base >/dev/null
buildah "${store[@]}" rm "$container" >/dev/null
rm "$work/base.tar"

buildah "${store[@]}" bud --quiet --layers --isolation chroot --pull-never --build-arg BASE_IMAGE=localhost/darkroom-base \
  -f deploy/docker/cpu.Dockerfile -t localhost/darkroom-worker worker/target >/dev/null

inspect() {
  buildah "${store[@]}" inspect --type image --format "$1" localhost/darkroom-worker
}
user=$(inspect '{{.OCIv1.Config.User}}')
[ "$user" = 10001:10001 ] || { echo "The image's user is $user" >&2; exit 1; }
mapfile -t environment < <(inspect '{{range .OCIv1.Config.Env}}{{println .}}{{end}}' | grep .)
mapfile -t command < <(inspect '{{range .OCIv1.Config.Entrypoint}}{{println .}}{{end}}{{range .OCIv1.Config.Cmd}}{{println .}}{{end}}' | grep .)
echo "Image: user $user, ${command[*]}, $(inspect '{{len .OCIv1.RootFS.DiffIDs}}') layers"

container=$(buildah "${store[@]}" from --quiet --pull-never localhost/darkroom-worker)
root=$(buildah "${store[@]}" mount "$container")

touch "$work/stack.env"
java -jar deploy/embedded/target/darkroom-embedded.jar --kafka-port=0 --s3-port=0 --data="$work/data" \
  >>"$work/stack.env" 2>"$work/stack.log" &
stack_pid=$!
for _ in $(seq 240); do
  if [ "$(grep -c '^DARKROOM_' "$work/stack.env")" = 5 ]; then
    break
  fi
  kill -0 "$stack_pid" || { cat "$work/stack.log" >&2; exit 1; }
  sleep 0.5
done
mapfile -t stack < <(grep '^DARKROOM_' "$work/stack.env")
# The job is sent before the worker has started.
env "${stack[@]}" java -jar worker/target/darkroom-worker.jar init >"$work/init.log" 2>&1

# A container's view: the image's files and nothing else, none of which can be written to.
cat >"$work/inside.sh" <<'INSIDE'
set -eu
root=$1; models=$2; shift 2
mkdir -p "$root/models"
mount --bind "$root" "$root"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount -t tmpfs -o mode=0700,uid=10001,gid=10001 cache "$root/var/cache/darkroom"
mount --bind "$models" "$root/models"
mount -o remount,bind,ro "$root/models"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -o remount,bind,ro "$root"
if chroot "$root" touch /opt/darkroom/written 2>/dev/null; then
  echo "The root can be written to" >&2
  exit 1
fi
exec chroot --userspec=10001:10001 "$root" /usr/bin/env -i "$@"
INSIDE
unshare --mount --propagation private sh "$work/inside.sh" "$root" "$PWD/deploy/models" \
  "${environment[@]}" "${stack[@]}" \
  DARKROOM_MODELS=/models DARKROOM_DEFAULT_MODEL=shapes DARKROOM_ADMIN_PORT=0 DARKROOM_MODEL_CACHE_FOLDER=/var/cache/darkroom \
  "${command[@]}" >"$work/worker.log" 2>&1 &
worker_pid=$!

if ! env "${stack[@]}" java -jar worker/target/darkroom-worker.jar \
  submit --id from-the-image --prompt "a red circle on a blue background" --watch --timeout PT2M; then
  echo "The job has no picture. The worker's log:" >&2
  cat "$work/worker.log" >&2
  exit 1
fi
picture=$(find "$work/data" -path '*from-the-image*' -name '*.png' -size +0 | head -n 1)
if [ -z "$picture" ]; then
  echo "The bucket has no picture" >&2
  exit 1
fi

kill -TERM "$worker_pid"
status=0
wait "$worker_pid" || status=$?
worker_pid=""
if [ "$status" != 0 ]; then
  echo "The worker ended with $status after SIGTERM. Its log:" >&2
  cat "$work/worker.log" >&2
  exit 1
fi
mkdir -p target
cp "$picture" target/from-the-image.png
echo "The image's picture: target/from-the-image.png; on SIGTERM the worker ended with 0"
