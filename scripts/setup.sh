# What run.sh, test.sh, bench and CI share: finding tools, installing what is missing, building what is stale.
# Sourced from the root of the repository. Every function that fails says in one sentence what to do.

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

# alone COMMAND…: one at a time in this folder, so that two first starts do not install and build over each other. What it starts does not keep the lock.
alone() {
  command -v flock >/dev/null 2>&1 || { "$@"; return; }
  mkdir -p artifacts
  {
    flock -n 8 || { printf 'Waiting for another start that installs or builds here …\n'; flock 8; }
    "$@" 8>&-
  } 8>artifacts/.lock
}

need_dotnet() {
  command -v dotnet >/dev/null 2>&1 || fail "The .NET 10 SDK is not installed: install it (dotnet-sdk-10.0) and run this again."
  dotnet --list-sdks | grep -q '^10\.' || fail "This needs the .NET 10 SDK; installed are: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')"
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
}

need_azurite() {
  command -v node >/dev/null 2>&1 || fail "Node is not installed, and the storage emulator needs it: install Node 20 or newer."
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || fail "Node $(node --version) is too old for the storage emulator: install Node 20 or newer."
  if [ ! -f node_modules/azurite/package.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    printf 'Installing the storage emulator (once) …\n'
    npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null || fail "npm ci failed; its message is above."
    touch node_modules/.package-lock.json
  fi
}

# What the tests compare with: the renderers and schemas of Teams, clients made from the description of the API, a provider to sign in at.
need_peers() {
  local folder
  for folder in tests/BotPeer tests/ApiClient tests/OidcPeer; do
    need_npm $folder "what $folder needs"
  done
}

# The description of the API keeps every recommended rule of Redocly, warnings included.
lint_api() {
  need_npm tests/ApiClient "what tests/ApiClient needs"
  npm run --silent --prefix tests/ApiClient lint -- "../../$APP/openapi.json" || fail "The description of the API breaks rules; they are named above."
}

# The pages: the console, Web Chat and Redoc from npm and what is around them, compressed, where the build of the app looks for them.
need_web() {
  need_page web/console index.html 'the console'
  need_page bot/web webchat.js 'Web Chat'
  need_page web/reference redoc.js Redoc
}

need_page() { # FOLDER FILE NAME
  need_npm "$1" "$3"
  if [ ! -f "$1/dist/$2" ] || [ -n "$(find "$1/src" "$1/build.mjs" "$1/package-lock.json" -newer "$1/dist/$2" -print -quit)" ]; then
    node "$1/build.mjs" || fail "The page in $1 could not be built; the message is above."
  fi
}

# The types of the console agree with the description of the API.
check_console() {
  need_npm web/console 'what the console is made of'
  npm run --silent --prefix web/console check || fail "The console does not fit the API or breaks rules of TypeScript; the messages are above."
}

# Installs what a folder's lock file says, unless it is there.
need_npm() { # FOLDER NAME
  [ ! -d "$1/node_modules" ] || [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ] || return 0
  printf 'Installing %s (once) …\n' "$2"
  npm ci --prefix "$1" --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null || fail "npm ci in $1 failed; its message is above."
  touch "$1/node_modules/.package-lock.json"
}

# need_debian COMMAND PACKAGE WHAT-FOR: installs a Debian package where this user may. A service that comes with it is not started.
need_debian() {
  # Servers lie where only root looks by itself.
  PATH="$PATH:/usr/sbin"
  command -v "$1" >/dev/null 2>&1 && return
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    local policy=/usr/sbin/policy-rc.d ours=false
    if [ ! -e $policy ]; then printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && ours=true; fi
    printf 'Installing %s (once) …\n' "$2"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $2; } >/dev/null 2>&1 || true
    if $ours; then rm -f $policy; fi
  fi
  command -v "$1" >/dev/null 2>&1 || fail "$3 needs $1, which is not installed: install the package(s) $2."
}

# stale STAMP: whether something that the app is built from is newer.
stale() {
  [ ! -f "$1" ] || [ -n "$(find functions bot web host.json Directory.Build.props Directory.Build.targets Directory.Packages.props global.json .editorconfig BannedSymbols.txt \
    \( -name bin -o -name obj -o -name node_modules \) -prune -o -type f -newer "$1" -print -quit 2>/dev/null)" ]
}

APP=functions/Helpdesk.Functions/bin/Release/net10.0
HOST=functions/Helpdesk.LocalHost/bin/Release/net10.0/Helpdesk.LocalHost.dll
PUBLISHED=artifacts/publish

# timed WHAT COMMAND…: runs a command and says how long it takes, on a terminal while it does.
timed() {
  local what=$1 began=$SECONDS ticker='' code=0
  shift
  if [ -t 1 ]; then
    # It ends by itself if this script is ended.
    while kill -0 $$ 2>/dev/null; do
      printf '\r%s … %s s' "$what" $((SECONDS - began))
      sleep 1
    done &
    ticker=$!
  else
    printf '%s …\n' "$what"
  fi
  "$@" || code=$?
  if [ -n "$ticker" ]; then
    kill "$ticker" 2>/dev/null
    wait "$ticker" 2>/dev/null || true
    printf '\r%s … %s s\n' "$what" $((SECONDS - began))
  else
    printf '%s … %s s\n' "$what" $((SECONDS - began))
  fi
  return $code
}

build_projects() {
  local project
  for project in Helpdesk.Functions Helpdesk.LocalHost; do
    dotnet build "functions/$project" -c Release -v quiet --nologo >artifacts/build.log 2>&1 || return
  done
}

build_app() {
  need_web
  stale artifacts/.built || return 0
  mkdir -p artifacts
  touch artifacts/.building
  timed Building build_projects || { cat artifacts/build.log >&2; fail "The build failed; its messages are above."; }
  mv artifacts/.building artifacts/.built
}

# What is deployed: the app as a folder, ready to run on linux-x64 with the platform's own .NET.
publish_app() {
  need_web
  mkdir -p artifacts
  rm -rf "$PUBLISHED"
  timed 'Publishing' dotnet publish functions/Helpdesk.Functions -c Release -r linux-x64 -o "$PUBLISHED" -v quiet --nologo >artifacts/publish.log 2>&1 || { cat artifacts/publish.log >&2; fail "The app cannot be published; the messages are above."; }
}

# Compiles infra/main.bicep; a linter warning is an error.
compile_bicep() {
  dotnet restore scripts/bicep -v quiet --nologo || fail "The Bicep compiler could not be restored; the messages are above."
  local packages bicep messages
  packages=$(dotnet nuget locals global-packages --list | sed 's/^global-packages: //')
  bicep=$(find "${packages}azure.bicep.commandline.linux-x64" -type f -name bicep | head -n 1)
  [ -n "$bicep" ] || fail "The Bicep compiler is not in the package folder."
  chmod +x "$bicep" 2>/dev/null || true
  mkdir -p artifacts
  messages=$("$bicep" build infra/main.bicep --outfile artifacts/main.json 2>&1) || { printf '%s\n' "$messages" >&2; fail "infra/main.bicep does not compile."; }
  if [ -n "$messages" ]; then
    printf '%s\n' "$messages" >&2
    fail "infra/main.bicep has warnings, and they count as errors."
  fi
}

# A line for every test that failed, from the results of a run.
failed_tests() { # RESULTS
  sed 's/<test /\n&/g' "$1" | sed -nE '/^<test [^>]*result="Fail"/s/^<test [^>]*name="([^"]*)"[^>]*>(<failure[^>]*>)?(<message>)?(<!\[CDATA\[)?(.{0,300}).*/FAILED: \1: \5/p'
}
