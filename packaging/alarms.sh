#!/bin/bash
# alarms [MINUTES]
# Prints a line for each problem that needs a person, found in the last MINUTES (6 by default) in
# statsmirror.service, every statsmirror@NAME.service, and the weekly verify of each. Then it exits
# with 1. Run it from cron, every five minutes, as root or as a member of systemd-journal:
#
#     */5 * * * * root /usr/lib/statsmirror/alarms
#
# The rules exist only here. To alarm with Loki, Vector and the like, copy them from here.
set -euo pipefail
export LC_ALL=C

# Events that need a person each time. "journalctl -x" says what to do.
events='backup.damaged backup.not_removed catalog.damaged catalog.failed config.invalid log.dropped run.gone run.invalid
run.problems service.failed service.stalled status.failed verify.damaged verify.incomplete watch.limit watch.unreadable'

# run.overwritten needs a person if DIVERGED=true: an overwrite was missed while nobody watched.

# Seconds after which a lasting problem needs a person. service.heartbeat and backup.heartbeat count
# them.
unmirrored=${STATSMIRROR_UNMIRRORED:-3600} # a change is missing in a backup or in the catalog: run.failed, backup.pending
root_missing=${STATSMIRROR_ROOT_MISSING:-900} # the stats tree is missing: watch.root_gone
failing=${STATSMIRROR_FAILING:-3600} # a backup fails: backup.failed

# Minutes without a sign of life, after which a service that runs, or should start at boot, needs a
# person.
silent=15
signs='service.heartbeat service.started config.reloaded'

# These events are missing above because they need no action, or none soon: backup.limited,
# retention.due, run.foreign, run.pruned, watch.overflow.

ours='^statsmirror(@.+)?\.service$'
verify='^statsmirror-verify(@.+)?\.service$'
wanted() { # units that run, have failed, or are enabled
  systemctl show --value -p Wants multi-user.target | tr ' ' '\n'
  systemctl list-units --plain --no-legend --state=active,activating,reloading,failed | cut -d' ' -f1
}
entries() { # MINUTES EVENT...: prints the entries of all our units in journalctl's export format
  local since=$1 units unit event matches=()
  shift
  mapfile -t units < <(journalctl -q -F _SYSTEMD_UNIT | grep -E "$ours|$verify")
  [ ${#units[@]} -gt 0 ] || return 0
  for unit in "${units[@]}"; do matches+=("_SYSTEMD_UNIT=$unit"); done
  for event; do matches+=("EVENT=$event"); done
  journalctl -q --no-pager -o export --since="-${since}min" "${matches[@]}" \
    --output-fields=_SYSTEMD_UNIT,EVENT,MESSAGE,DIVERGED,BACKUP,OLDEST_UNMIRRORED_S,ROOT_MISSING_S,FAILING_S
}

alarms() {
  # lists of words
  entries "$1" $events run.overwritten service.heartbeat backup.heartbeat |
    awk -v events="$events" -v unmirrored="$unmirrored" -v root_missing="$root_missing" -v failing="$failing" '
      BEGIN { n = split(events, list, /[ \n]+/); for (i = 1; i <= n; i++) alarming[list[i]] = 1 }
      /^$/ { judge(); delete field; next }
      { at = index($0, "="); if (at) field[substr($0, 1, at - 1)] = substr($0, at + 1) }
      END { judge(); for (key in last) printf "%s", last[key] }
      function judge(    head) {
        head = field["_SYSTEMD_UNIT"] ": " field["EVENT"] ": "
        if (field["EVENT"] in alarming || field["EVENT"] == "run.overwritten" && field["DIVERGED"] == "true")
          print head field["MESSAGE"]
        else if (field["EVENT"] == "service.heartbeat")
          last[field["_SYSTEMD_UNIT"]] = over("ROOT_MISSING_S", root_missing, head "there has been no stats tree") \
            over("OLDEST_UNMIRRORED_S", unmirrored, head "a change has had no backup")
        else if (field["EVENT"] == "backup.heartbeat")
          last[field["_SYSTEMD_UNIT"] " " field["BACKUP"]] = over("FAILING_S", failing, head "the backup " field["BACKUP"] " has failed")
      }
      function over(name, limit, what) { return field[name] + 0 > limit + 0 ? what " for " field[name] " s\n" : "" }'

  local unit living
  # shellcheck disable=SC2086
  living=$(entries "$silent" $signs | sed -n 's/^_SYSTEMD_UNIT=//p')
  wanted | grep -E "$ours" | sort -u | while read -r unit; do
    grep -qxF -- "$unit" <<<"$living" || echo "$unit: no sign of life for $silent minutes"
  done
}

found=$(alarms "${1:-6}" 2>&1) || : # an error of this script needs a person too
[ -n "$found" ] || exit 0
printf '%s\n' "$found"
exit 1
