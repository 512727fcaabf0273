#!/usr/bin/env bash
# Measures the helpdesk on this machine. Arguments choose what: start, open, list, get, engine, lifecycle, deadlines, chat; all without any.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/setup.sh
need_dotnet
need_azurite
build_app
build_native
dotnet build bench/Helpdesk.Bench -c Release -v quiet --nologo >artifacts/bench.log 2>&1 || { cat artifacts/bench.log >&2; fail "The benchmark does not build."; }
exec bench/Helpdesk.Bench/bin/Release/net10.0/Helpdesk.Bench "$@"
