#!/usr/bin/env bash
# Starts the helpdesk on this machine: storage emulator, Functions host, app.
set -euo pipefail
from=$PWD
cd "$(dirname "$0")"
. scripts/setup.sh

usage() {
  cat <<'EOF'
Usage: ./run.sh [options]
  --port <port>       where the helpdesk answers (7071)
  --data <folder>     where its data is kept between runs (.data beside run.sh)
  --storage <string>  connection string of a storage account; then no emulator is started
  --demo              fill it with six weeks of a believable desk: 3,000 tickets and all that belongs to them
  --verbose           list all functions with their URLs, and show the libraries' messages
  --func              run it with Azure Functions Core Tools, if they are installed
  --help              this text
A value may also follow an equals sign: --port=8080.
The first admin key is HELPDESK_ADMIN_KEY, or one that is made once and kept in <data>/admin-key.
EOF
}

port=7071 data=.data storage='' demo=false verbose=false func=''
while [ $# -gt 0 ]; do
  case $1 in
    --port=* | --data=* | --storage=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
  esac
  case $1 in
    --port | --data | --storage)
      [ $# -gt 1 ] && [ -n "$2" ] || fail "$1 needs a value; ./run.sh --help tells more."
      case $1 in
        --port) port=$2 ;;
        --data) case $2 in /*) data=$2 ;; *) data=$from/$2 ;; esac ;;
        --storage) storage=$2 ;;
      esac
      shift ;;
    --demo) demo=true ;;
    --verbose) verbose=true ;;
    --func) func=$(command -v func) || fail "--func needs Azure Functions Core Tools, which are not installed: leave it away, or install azure-functions-core-tools." ;;
    --help | -h) usage; exit 0 ;;
    *) fail "$1 is no option here; ./run.sh --help lists them." ;;
  esac
  shift
done
case $port in *[!0-9]* | '' | 0) fail "--port $port is no port: give a number from 1 to 65535." ;; esac

[ "$port" -le 65535 ] || fail "--port $port is no port: give a number from 1 to 65535."
# Before anything is installed, made or seeded for nothing.
if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then fail "Port $port is taken: choose another one with --port."; fi

need_dotnet
if $demo; then command -v node >/dev/null 2>&1 || fail "--demo needs Node: install Node 20 or newer."; fi
prepare() {
  [ -n "$storage" ] || need_azurite
  build_app
}
alone prepare

mkdir -p "$data" 2>/dev/null && [ -d "$data" ] && [ -w "$data" ] || fail "The data folder $data cannot be written: choose another one with --data."
if [ -z "${HELPDESK_ADMIN_KEY:-}" ]; then
  if [ ! -s "$data/admin-key" ]; then
    key=hd_first_$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    (umask 077 && printf '%s\n' "$key" >"$data/admin-key.new" && mv "$data/admin-key.new" "$data/admin-key")
    export LOCALHOST_ANNOUNCE="Admin key, shown this once and kept in $data/admin-key: $key"
  fi
  HELPDESK_ADMIN_KEY=$(cat "$data/admin-key")
  export HELPDESK_ADMIN_KEY
fi

if $demo; then
  export Demo__Allowed=true
  HELPDESK_URL="http://127.0.0.1:$port" node demo/seed.mjs &
fi

# On a machine of one's own looking costs nothing. On Azure it wakes an instance, so it is done less often there (infra/main.bicep).
export HELPDESK_SWEEP_SCHEDULE="${HELPDESK_SWEEP_SCHEDULE:-15 * * * * *}" HELPDESK_REWIND_SCHEDULE="${HELPDESK_REWIND_SCHEDULE:-45 */2 * * * *}"
export HELPDESK_IMAP_SCHEDULE="${HELPDESK_IMAP_SCHEDULE:-5 * * * * *}" Probe__Every="${Probe__Every:-00:05:00}"
# Programs on this machine may be called, so that webhooks can be tried here. Set it to an empty text to forbid that.
export Outside__AllowedAddresses="${Outside__AllowedAddresses-127.0.0.0/8, ::1}"

# A folder that was published elsewhere is run as it is: HELPDESK_APP.
arguments=(--app "${HELPDESK_APP:-$APP}" --name Helpdesk --port "$port" --data "$data" --page "Desk=/desk" --page "Chat=/chat" --page "Form=/support" --page "API=/docs")
if [ -n "$storage" ]; then
  arguments+=(--storage "$storage")
else
  arguments+=(--azurite node_modules/azurite/dist/src/azurite.js)
  # More partitions are for more machines: on one emulator each only adds queues to poll and leases to renew.
  export AzureFunctionsJobHost__extensions__durableTask__storageProvider__partitionCount=1
  # And each renewal of a lease that is kept in a table has the emulator write all tables to disk, every ten seconds.
  export AzureFunctionsJobHost__extensions__durableTask__storageProvider__useTablePartitionManagement=false
fi
if $verbose; then arguments+=(--verbose); fi
if [ -n "$func" ]; then arguments+=(--func "$func"); fi
# The host takes this process's place, so that a signal to run.sh is a signal to the host.
exec dotnet "$HOST" "${arguments[@]}"
