#!/usr/bin/env bash
# Measures the helpdesk on this machine. Arguments choose what: start, open, mail, alerts, list, views, search, reports, get, web, engine, lifecycle, deadlines, chat; all without any. README.md beside this says more.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/setup.sh

# publish PROJECT FOLDER: as it is deployed, ready to run.
publish() {
  dotnet publish "$1" -c Release -r linux-x64 --self-contained false -p:PublishReadyToRun=true -o "artifacts/bench/$2" -v quiet --nologo >artifacts/bench.log 2>&1 || { cat artifacts/bench.log >&2; fail "$1 cannot be published; the messages are above."; }
}

build() {
  dotnet build "$1" -c Release -v quiet --nologo >artifacts/bench.log 2>&1 || { cat artifacts/bench.log >&2; fail "$1 does not build; the messages are above."; }
}

need_dotnet
need_azurite
build_app
build bench/Helpdesk.Bench
case " ${*:-web} " in *' web'*) need_debian chromium chromium 'Measuring the console' ;; esac
case " ${*:-start} " in
  *' start'*)
    printf 'Publishing the app and an empty one …\n'
    build bench/EmptyApp
    publish functions/Helpdesk.Functions desk
    publish bench/EmptyApp empty ;;
esac
exec bench/Helpdesk.Bench/bin/Release/net10.0/Helpdesk.Bench "$@"
