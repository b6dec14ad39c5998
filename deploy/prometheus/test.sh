#!/usr/bin/env bash
# Tests the alerts with promtool, which Debian has in its package prometheus.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v promtool >/dev/null; then
  echo "Alerts: not tested, because promtool is not installed (Debian: apt-get install prometheus)"
  exit 0
fi

promtool check rules ../helm/darkroom/monitoring/rules.yaml
promtool test rules rules.test.yaml
