#!/bin/sh
# Serves an embedded organization on this machine, applies the policy of this folder to it over HTTP, plans again (nothing is left), and
# opens a page to look at the organization, until Ctrl-C. Needs nothing but seatwise, and leaves nothing behind.
#
# --no-open only prints the page's link; without a terminal, or where CI is set, it also ends by itself. SEATWISE names another program than
# the one on the path.
set -eu
seatwise=${SEATWISE:-seatwise}
open=yes
for word in "$@"; do
    case $word in
        --no-open) open=no ;;
        *) echo "usage: sh demo.sh [--no-open]" >&2; exit 64 ;;
    esac
done

work=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cp "$(dirname "$0")"/*.yaml "$work"

# A token that holds for a day, in a file that only you may read.
: >"$work/served"
"$seatwise" -C "$work" sandbox serve --listen 127.0.0.1:0 --token-file "$work/token" >"$work/served" &
server=$!
until grep -q 'to look at it' "$work/served"; do kill -0 "$server"; sleep 0.1; done
sed -n '/ is served at /p' "$work/served"

SEATWISE_URL=$(sed -n 's/.* is served at //p' "$work/served")
SEATWISE_TOKEN_FILE=$work/token
export SEATWISE_URL SEATWISE_TOKEN_FILE
"$seatwise" -C "$work" apply --yes
"$seatwise" -C "$work" plan

page=$(sed -n 's/to look at it, once: //p' "$work/served")
printf '\nThe organization as a page; the link opens it once:\n  %s\n' "$page"
if [ ! -t 1 ] || [ -n "${CI:-}" ]; then
    echo "Nobody is at a terminal here, so the service ends now."
    exit 0
fi
if [ "$open" = yes ]; then
    if [ "$(uname)" = Darwin ]; then
        open "$page"
    elif [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v xdg-open >/dev/null 2>&1; then
        xdg-open "$page" >/dev/null 2>&1 || true
    fi
fi
echo "Ctrl-C ends it."
wait "$server"
