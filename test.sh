#!/usr/bin/env bash
# Runs every test: rules, app and laptop host on a real storage emulator, the whole product end to end.
# The last line counts them. An argument runs only the projects whose name contains it.
set -uo pipefail
cd "$(dirname "$0")"
. scripts/setup.sh

need_dotnet
need_azurite
need_peers
command -v pgrep >/dev/null 2>&1 || need_debian pgrep procps "The crash tests"
need_debian dovecot dovecot-imapd "The tests of mailboxes that are fetched"
need_debian smtpd opensmtpd "The tests of mail from end to end"
need_debian prometheus prometheus "The tests of alerts from end to end"
need_debian prometheus-alertmanager prometheus-alertmanager "The tests of alerts from end to end"
need_debian nagios4 "nagios4-core monitoring-plugins-basic" "The tests of alerts from end to end"
command -v chromium >/dev/null 2>&1 || need_debian chromium chromium "The tests of the chat page"
build_app

printf 'Building the tests …\n'
mkdir -p artifacts/tests
dotnet build HelpdeskServerless.sln -c Release -v quiet --nologo >artifacts/build.log 2>&1 || { cat artifacts/build.log >&2; fail "The build failed; its messages are above."; }
# The solution has just built the app as well, with the same outcome.
touch artifacts/.built

passed=0 failed=0 skipped=0 broken=
for project in Helpdesk.Tests Helpdesk.Bot.Tests Helpdesk.Functions.Tests Helpdesk.LocalHost.Tests EndToEnd; do
  case $project in *"${1:-}"*) ;; *) continue ;; esac
  printf '\n== %s\n' "$project"
  results=artifacts/tests/$project.xml
  rm -f "$results"
  "tests/$project/bin/Release/net10.0/$project" -noLogo -noColor -xml "$results" || true
  if [ ! -s "$results" ]; then
    printf '%s ended without results.\n' "$project" >&2
    failed=$((failed + 1))
    broken+="FAILED: $project, which ended without results"$'\n'
    continue
  fi
  count() { grep -o '<assembly [^>]*>' "$results" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | paste -sd+ - | bc_sum; }
  bc_sum() { local sum=0 line; IFS=+ read -r line; for n in ${line//+/ }; do sum=$((sum + n)); done; printf '%s' "$sum"; }
  passed=$((passed + $(count passed)))
  failed=$((failed + $(count failed) + $(count errors)))
  skipped=$((skipped + $(count skipped)))
  broken+=$(failed_tests "$results"; printf .)
  broken=${broken%.}
done

# Once more at the end, since the messages above may be far away.
[ -z "$broken" ] || printf '\n%s' "$broken"
printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
