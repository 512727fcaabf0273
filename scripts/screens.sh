#!/usr/bin/env bash
# Writes a picture of every page of the console, and of the pages that requesters see, light and dark, on a desk and on phones, to artifacts/screens/.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/setup.sh
need_dotnet
need_azurite
need_debian chromium chromium 'A picture of a page'
build_app
timed 'Building the tests' dotnet build tests/EndToEnd -c Release -v quiet --nologo
rm -rf artifacts/screens
HELPDESK_SCREENS=screens tests/EndToEnd/bin/Release/net10.0/EndToEnd -noLogo -noColor -class Helpdesk.EndToEnd.ScreensTests -class Helpdesk.EndToEnd.ConsoleTests
# The README's come from a demo desk.
tests/EndToEnd/bin/Release/net10.0/EndToEnd -noLogo -noColor -method '*A_demo_desk_is_made_once'
mkdir -p docs/pictures
cp artifacts/pictures/*.webp docs/pictures/
printf 'The pictures are in artifacts/screens: %s of them.\n' "$(find artifacts/screens -name '*.png' | wc -l)"
