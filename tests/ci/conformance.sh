#!/bin/sh
# Holds the served sandbox against testers that are not ours: SCIM at `/scim/v2` against scim2-tester, and the organization API against
# its own document with schemathesis. Exits 0 where both find nothing, 1 where one does, 2 where they cannot be had.
set -eu
cd "$(dirname "$0")/../.."

target="${CARGO_TARGET_DIR:-target}"
venv="$target/conformance"
log="$target/conformance.log"
seatwise="$target/debug/seatwise"

install() {
    python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/ci/conformance.txt
}

had() { "$venv/bin/python" -c 'import httpx2, scim2_tester, schemathesis'; }

if ! had 2>/dev/null && ! { install && had; } >"$log" 2>&1; then
    echo "scim2-tester and schemathesis cannot be had ($log says why): the service was not tested from outside"
    exit 2
fi

work=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cp -R examples/acme-engineering "$work/acme"
: >"$work/served"
"$seatwise" -C "$work/acme" sandbox serve --listen 127.0.0.1:0 --token-file "$work/token" >"$work/served" 2>"$work/log" &
server=$!
until grep -q ' is served at ' "$work/served"; do kill -0 "$server" || { cat "$work/log"; exit 1; }; sleep 0.1; done
url=$(sed -n 's/.* is served at //p' "$work/served")
token=$(cat "$work/token")
failed=0

SCIM_TOKEN=$token "$venv/bin/python" tests/ci/scim_tester.py "$url/scim/v2" || failed=1
# Bentley's profile is stricter than the RFC allows: were it not told so, the tester would prove nothing.
if SCIM_TOKEN=$token "$venv/bin/python" tests/ci/scim_tester.py "$url/scim/bentley" >"$work/bentley"; then
    echo "scim2-tester finds nothing wrong at $url/scim/bentley, and must"
    failed=1
fi

# Everything that it can hold an answer against, but one: a change that has the right form may still not be right for this organization.
schemathesis() {
    ("$@") >"$work/schemathesis" 2>&1 && return 0
    cat "$work/schemathesis"
    failed=1
}
document="$PWD/schema/organization-api.json"
tester="$(cd "$venv/bin" && pwd)/schemathesis"
# It keeps what it found in the folder that it runs in.
cd "$work"
schemathesis "$tester" --no-color run "$document" --url "$url" --header "Authorization: Bearer $token" \
    --checks all --exclude-checks positive_data_acceptance --max-time 25 --seed 7 --generation-database none --warnings off
sed -n 's/^ *\([0-9]* generated.*\)/schemathesis: \1/p; s/^ *Tested: /schemathesis: operations tested: /p' "$work/schemathesis"
exit "$failed"
