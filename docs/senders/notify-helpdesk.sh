#!/bin/sh
# Reports a notification of Nagios or Icinga 2 to an alert source of kind "generic". It needs curl, and says on stderr what went wrong.
#
# /etc/notify-helpdesk.conf, readable by the monitoring program alone, holds the secret address of the source, and where the source asks
# for one the bearer token:
#   HELPDESK_URL=https://desk.example.com/api/intake/alerts/…
#   HELPDESK_TOKEN=…
#
# What is told comes in variables of the environment, where no quoting can go wrong: NAGIOS_… as Nagios sets them with
# enable_environment_macros=1, or HELPDESK_… as the NotificationCommand of Icinga 2 sets them. See docs/alerts.md.
set -eu

conf=${HELPDESK_CONF:-/etc/notify-helpdesk.conf}
# shellcheck disable=SC1090
if [ -r "$conf" ]; then . "$conf"; fi
: "${HELPDESK_URL:?is not set: write it into $conf}"

utc() { # SECONDS: as RFC 3339; nothing for anything but seconds
  case $1 in '' | 0 | *[!0-9]*) return ;; esac
  date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r "$1" +%Y-%m-%dT%H:%M:%SZ
}

service=${HELPDESK_SERVICE:-${NAGIOS_SERVICEDESC:-}}
if [ -n "$service" ]; then
  state=${HELPDESK_STATE:-${NAGIOS_SERVICESTATE:-}}
  output=${HELPDESK_OUTPUT:-${NAGIOS_SERVICEOUTPUT:-}}
  details=${NAGIOS_LONGSERVICEOUTPUT:-}
  changed=${HELPDESK_CHANGED:-${NAGIOS_LASTSERVICESTATECHANGE:-}}
  number=${NAGIOS_SERVICENOTIFICATIONID:-}
else
  state=${HELPDESK_STATE:-${NAGIOS_HOSTSTATE:-}}
  output=${HELPDESK_OUTPUT:-${NAGIOS_HOSTOUTPUT:-}}
  details=${NAGIOS_LONGHOSTOUTPUT:-}
  changed=${HELPDESK_CHANGED:-${NAGIOS_LASTHOSTSTATECHANGE:-}}
  number=${NAGIOS_HOSTNOTIFICATIONID:-}
fi
# Icinga 2 has fractions of seconds.
changed=$(utc "${changed%%.*}")
since='' until=''
case $state in OK | UP) until=$changed ;; *) since=$changed ;; esac

# Made once: when curl tries again, it is the same report.
id=${number:-$$}-$(date +%s)

report=$(
  ID=$id TYPE=${HELPDESK_TYPE:-${NAGIOS_NOTIFICATIONTYPE:-}} STATE=$state SINCE=$since UNTIL=$until \
    HOST=${HELPDESK_HOST:-${NAGIOS_HOSTNAME:-}} ADDRESS=${HELPDESK_ADDRESS:-${NAGIOS_HOSTADDRESS:-}} SERVICE=$service \
    OUTPUT=$output DETAILS=$details AUTHOR=${HELPDESK_AUTHOR:-${NAGIOS_NOTIFICATIONAUTHOR:-}} \
    COMMENT=${HELPDESK_COMMENT:-${NAGIOS_NOTIFICATIONCOMMENT:-}} LINK=${HELPDESK_LINK:-${NAGIOS_SERVICEACTIONURL:-${NAGIOS_HOSTACTIONURL:-}}} \
    LC_ALL=C awk '
      # A string of JSON, whatever is in it.
      function text(s,   i, c, out) {
        for (i = 1; i <= length(s) && i <= 8000; i++) {
          c = substr(s, i, 1)
          if (c in control) c = control[c]
          else if (c == "\"" || c == "\\") c = "\\" c
          out = out c
        }
        return "\"" out "\""
      }
      BEGIN {
        for (n = 1; n < 32; n++) control[sprintf("%c", n)] = sprintf("\\u%04x", n)
        count = split("ID TYPE STATE HOST ADDRESS SERVICE OUTPUT DETAILS SINCE UNTIL AUTHOR COMMENT LINK", names, " ")
        for (n = 1; n <= count; n++)
          if (ENVIRON[names[n]] != "") {
            printf "%s\"%s\":%s", comma, tolower(names[n]), text(ENVIRON[names[n]])
            comma = ","
          }
      }' | { iconv -c -f UTF-8 -t UTF-8 2>/dev/null || true; }
)

# The address and the token are no arguments of curl, which everybody on the machine could read.
token=''
if [ -n "${HELPDESK_TOKEN:-}" ]; then token="header = \"Authorization: Bearer $HELPDESK_TOKEN\""; fi
printf '{%s}' "$report" |
  curl --silent --show-error --fail --output /dev/null --max-time 8 --retry 2 --retry-delay 1 --retry-connrefused \
    --header 'Content-Type: application/json' --data-binary @- --config /dev/fd/3 3<<EOF
url = "$HELPDESK_URL"
$token
EOF
