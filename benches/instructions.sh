#!/bin/sh
# Counts the instructions of `validate` and `plan` of a generated firm of 10,000 people, one thread: a measure that is the same
# on a busy machine; then the same with an end for one grant in twenty. Of two programs it says how many more the second one takes.
#
#     sh benches/instructions.sh PROGRAM [PROGRAM]      (release builds; needs valgrind)
set -eu
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { echo "usage: sh benches/instructions.sh PROGRAM [PROGRAM]" >&2; exit 64; }
command -v valgrind >/dev/null 2>&1 || { echo "valgrind cannot be had" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export RAYON_NUM_THREADS=1 TOKIO_WORKER_THREADS=1 SEATWISE_NOW=2026-11-24T09:12:00Z
mkdir "$work/firm"
cp examples/quickstart/*.yaml "$work/firm"
"$1" -C "$work/firm" sandbox init --users 10000 --seed 7 >"$work/log"
"$1" -C "$work/firm" import --out "$work/policy" >"$work/log" 2>&1

# `instructions PROGRAM ARGUMENT…`: how many it takes; the command must succeed.
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" >"$work/log" 2>"$work/valgrind" ||
        { cat "$work/valgrind" >&2; exit 1; }
    sed -n 's/.*Collected : *\([0-9]*\).*/\1/p' "$work/valgrind"
}

# The first group of every fourth list: people have five grants on average.
mkdir "$work/dated"
cp -R "$work/policy/." "$work/dated"
for file in "$work"/dated/users/*.yaml; do
    awk '/^    groups: \[/ && ++n % 4 == 0 { sub(/\[[^],]*/, "&, until: 2028-12-31}"); sub(/\[/, "[{group: ") } { print }' "$file" >"$work/file"
    mv "$work/file" "$file"
done

for policy in policy dated; do
    [ $policy = dated ] && name="the dated policy" || name="the policy"
    for command in validate plan; do
        first=
        for program in "$@"; do
            count=$(instructions "$program" -C "$work/$policy" "$command")
            [ -n "$first" ] || first=$count
            more=$(awk "BEGIN { if ($count != $first) printf \", %+.2f %%\", 100 * ($count / $first - 1) }")
            echo "$command of $name: $count instructions$more"
        done
    done
done
