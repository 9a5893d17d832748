#!/bin/sh
# Serves an embedded organization on this machine and applies the policy of this folder to it over SCIM: over a standard service, and over
# one with the attributes of Bentley's own provisioning and no others. Then it plans again: nothing is left.
# Needs nothing but seatwise, and leaves nothing behind. SEATWISE names another program than the one on the path.
set -eu
seatwise=${SEATWISE:-seatwise}
work=$(mktemp -d)
server=
stopped() { if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; server=; fi; }
trap 'stopped; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

for profile in /scim/v2 /scim/bentley; do
    rm -rf "$work/policy" && mkdir "$work/policy" && cp "$(dirname "$0")"/*.yaml "$work/policy"

    # A token that holds for a day, in a file that only you may read.
    : >"$work/served"
    "$seatwise" -C "$work/policy" sandbox serve --listen 127.0.0.1:0 --token-file "$work/token" >"$work/served" &
    server=$!
    until grep -q ' is served at ' "$work/served"; do kill -0 "$server"; sleep 0.1; done

    SEATWISE_URL=$(sed -n 's/.* is served at //p' "$work/served")$profile
    SEATWISE_TOKEN_FILE=$work/token
    export SEATWISE_URL SEATWISE_TOKEN_FILE
    printf '\nThe service is at %s\n' "$SEATWISE_URL"
    "$seatwise" -C "$work/policy" apply --yes
    "$seatwise" -C "$work/policy" plan --withheld
    stopped
done
