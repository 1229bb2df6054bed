#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Keeps the last 200 notifications that Alertmanager posts, a file each, and returns them, the oldest
# first. Busybox's httpd runs it for each request.
cd /sink || exit 1
if [ "$REQUEST_METHOD" = POST ]; then
  name=$(date -u +%Y%m%d%H%M%S)-$(printf %07d $$)
  head -c "$CONTENT_LENGTH" > "$name.part" && mv "$name.part" "$name.json"
fi
set -- *.json
while [ $# -gt 200 ]; do
  rm -f "$1"
  shift
done
printf 'Content-Type: application/json\r\n\r\n'
[ "$REQUEST_METHOD" = GET ] || exit 0
separator=
printf '['
for file in "$@"; do
  body=$(cat "$file" 2> /dev/null) || continue
  printf '%s%s' "$separator" "$body"
  separator=,
done
printf ']\n'
