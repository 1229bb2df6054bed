#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Keeps the last 200 notifications that Alertmanager posts, a file each, and returns them, the newest
# first. Busybox's httpd runs it for each request.
cd /sink || exit 1
if [ "$REQUEST_METHOD" = POST ]; then
  name=$(date -u +%Y%m%d%H%M%S)-$(printf %07d $$)
  head -c "$CONTENT_LENGTH" > "$name.part" && mv "$name.part" "$name.json"
  ls -r | tail -n +201 | xargs rm -f
fi
printf 'Content-Type: application/json\r\n\r\n'
[ "$REQUEST_METHOD" = GET ] || exit 0
printf '['
before=
for file in $(ls -r | grep 'json$'); do
  printf '%s' "$before"
  cat "$file"
  before=,
done
printf ']\n'
