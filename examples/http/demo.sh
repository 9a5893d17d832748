#!/bin/sh
# Serves an embedded organization on this machine, applies the policy of this folder to it over HTTP, and plans again: nothing is left.
# Needs nothing but seatwise, and leaves nothing behind. SEATWISE names another program than the one on the path.
set -eu
seatwise=${SEATWISE:-seatwise}
work=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cp "$(dirname "$0")"/*.yaml "$work"

# A token that holds for a day, in a file that only you may read.
"$seatwise" sandbox serve "$work" --listen 127.0.0.1:0 --token-file "$work/token" >"$work/served" &
server=$!
until grep -q http: "$work/served"; do kill -0 "$server"; sleep 0.1; done
cat "$work/served"

SEATWISE_URL=$(sed 's/.* at //' "$work/served")
SEATWISE_TOKEN_FILE=$work/token
export SEATWISE_URL SEATWISE_TOKEN_FILE
"$seatwise" apply "$work" --yes
"$seatwise" plan "$work"
