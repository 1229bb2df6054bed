#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Cuts this host off from others, and heals the cut; one that nobody heals does so by itself.
#   sh partition.sh from ADDRESS... | sh partition.sh heal
set -eu
SECONDS_AT_MOST=300

heal() {
  for chain in INPUT OUTPUT FORWARD; do iptables -D "$chain" -j CUT; done
  iptables -F CUT
  iptables -X CUT
}

case "$1" in
  from)
    shift
    iptables -N CUT
    for other in "$@"; do
      iptables -A CUT -s "$other" -j DROP
      iptables -A CUT -d "$other" -j DROP
    done
    for chain in INPUT OUTPUT FORWARD; do iptables -I "$chain" -j CUT; done
    (sleep "$SECONDS_AT_MOST" && heal) > /dev/null 2>&1 < /dev/null &
    echo $! > /run/cut.pid
    ;;
  heal)
    kill "$(cat /run/cut.pid)"
    heal
    ;;
esac
