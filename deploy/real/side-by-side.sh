#!/usr/bin/env bash
# Workers of an earlier commit and of this one on the same topics: an update, one worker after the other, and back again,
# while jobs come in (RollingUpdateIT). From a clone that has the commit:
#
#   deploy/real/side-by-side.sh 3cab517
#
# The earlier build is kept in target/real.
set -euo pipefail
cd "$(dirname "$0")/../.."

revision=${1:?which commit}
commit=$(git rev-parse --short --verify "$revision^{commit}")
earlier=$PWD/target/real/darkroom-$commit
if [ ! -f "$earlier/worker/target/darkroom-worker.jar" ]; then
  mkdir -p "$earlier"
  git archive "$commit" | tar -x -C "$earlier"
  (cd "$earlier" && ./mvnw -q -B package -DskipTests -pl worker -am)
fi
echo "Workers of $commit ($(git log -1 --format=%cs "$commit")) and of $(git rev-parse --short HEAD)"
./mvnw -q -B -pl worker -am verify -Dtest=NoSuchTest -Dit.test=RollingUpdateIT \
  -Dsurefire.failIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false \
  -Ddarkroom.older.jar="$earlier/worker/target/darkroom-worker.jar"
sed -n '/^Tests run/p' worker/target/failsafe-reports/dev.darkroom.worker.RollingUpdateIT.txt
grep 'jobs, begun' worker/target/failsafe-reports/dev.darkroom.worker.RollingUpdateIT-output.txt
