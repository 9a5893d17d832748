#!/bin/sh
# Everything that must hold before a change is merged: form, lints, documentation, all tests, and the schemas held
# against every policy and plan by a validator that is not ours. Needs Rust; Python is used where there is one. Writes
# below `target/` only, and prints the minutes of each step.
set -eu
cd "$(dirname "$0")/../.."

# Where lints and form are left out, everything else is still tested; the last line says so.
missing=""
# `step NAME` begins one, and keeps how long the one before it took.
name=""
minutes=""
step() {
    now=$(date +%s)
    if [ -n "$name" ]; then
        took=$(awk "BEGIN { printf \"%6.1f\", ($now - $begun) / 60 }")
        minutes="$minutes$took  $name
"
    fi
    name="$*"
    begun=$now
    [ -z "$name" ] || printf '\n== %s\n' "$name"
}
component() {
    cargo "$1" --version >/dev/null 2>&1 || rustup component add "$2" >/dev/null 2>&1 || { missing="$missing $2"; return 1; }
}

# What is not ours says 2 where it cannot be had.
outside() {
    said=0
    sh "$1" || said=$?
    case $said in
        0) ;;
        2) missing="$missing $2" ;;
        *) exit "$said" ;;
    esac
}

step "form"
if component fmt rustfmt; then cargo fmt --check; fi

step "lints"
if component clippy clippy; then cargo clippy --locked --all-targets -- -D warnings; fi

step "what reports are looked at with"
# A browser and a reader of PDF, from the system's packages.
if ! command -v chromium >/dev/null 2>&1 || ! command -v pdftotext >/dev/null 2>&1; then
    sh tests/ci/readers.sh || missing="$missing chromium-or-pdftotext"
fi

step "engines that the SQL of usage is for"
sh tests/ci/engines.sh || missing="$missing some-engines"

step "services of others that speak SCIM"
sh tests/ci/scim-peers.sh || missing="$missing scim2-server-or-scimmy"

step "tests"
# The freshness of the schemas is one of them, and plans are left below the target folder for the outside validator.
cargo test --locked

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --quiet

step "schemas, by a validator from outside"
outside tests/ci/schemas.sh check-jsonschema

step "the served sandbox, by testers from outside"
outside tests/ci/conformance.sh scim2-tester-or-schemathesis

step
printf '\nminutes\n%s' "$minutes"

if [ -n "$missing" ]; then
    printf '\nall passed, but could not be had and was left out:%s\n' "$missing"
else
    printf '\nall passed\n'
fi
