#!/usr/bin/env bash
# Before the first deployment: makes the first admin key, unless there is one, and keeps it in the azd environment.
set -euo pipefail
if ! azd env get-value HELPDESK_ADMIN_KEY >/dev/null 2>&1; then
  key=hd_first_$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
  azd env set HELPDESK_ADMIN_KEY "$key"
  printf 'Admin key, kept in this azd environment and in the key vault: %s\n' "$key"
fi
