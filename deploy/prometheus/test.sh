#!/usr/bin/env bash
# Tests the alerts with promtool, which Debian has in its package prometheus.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v promtool >/dev/null; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Alerts: not tested, because promtool is not installed (Debian: apt-get install prometheus)"
    exit 0
  fi
  # Only the tool: a package's script would start the server.
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  if ! (cd "$folder" && apt-get update -qq && apt-get download -qq prometheus && dpkg -x prometheus_*.deb .); then
    echo "Alerts: not tested, because the package prometheus cannot be had"
    exit 0
  fi
  PATH="$folder/usr/bin:$PATH"
fi

promtool check rules ../helm/darkroom/monitoring/rules.yaml
promtool test rules rules.test.yaml
