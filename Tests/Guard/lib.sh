# shellcheck shell=bash
# What every guard needs: expectations that say what they saw. A guard sources this file, states them, and ends with
# `finish`; a failed one is counted and the rest still runs.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# For a guard's own files; they end with it.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

ok() {
    passed=$((passed + 1))
    printf 'ok - %s\n' "$1"
}

# not_ok SENTENCE [DETAIL]: the detail may have several lines.
not_ok() {
    failed=$((failed + 1))
    printf 'not ok - %s\n' "$1"
    [[ -z ${2:-} ]] || printf '#   %s\n' "${2//$'\n'/$'\n#   '}"
}

# expect SENTENCE COMMAND...: the command succeeds.
expect() {
    local sentence=$1
    shift
    if "$@" >"$scratch/output" 2>&1 </dev/null; then
        ok "$sentence"
    else
        not_ok "$sentence" "failed: $*
$(tail -n 20 "$scratch/output")"
    fi
}

# expect_nothing SENTENCE TEXT: there is no text; what there is belongs not there.
expect_nothing() {
    if [[ -z $2 ]]; then ok "$1"; else not_ok "$1" "$2"; fi
}

# expect_equal SENTENCE EXPECTED ACTUAL
expect_equal() {
    if [[ $2 == "$3" ]]; then ok "$1: $3"; else not_ok "$1" "expected $2, found ${3:-nothing}"; fi
}

# expect_at_most SENTENCE CEILING ACTUAL: both are versions, or numbers.
expect_at_most() {
    if [[ -n $3 && $(printf '%s\n%s\n' "$2" "$3" | sort -V | tail -n 1) == "$2" ]]; then
        ok "$1: $3, at most $2"
    else
        not_ok "$1" "at most $2, found ${3:-nothing}"
    fi
}

finish() {
    printf '# %s: %d passed, %d failed\n' "$(basename "$0")" "$passed" "$failed"
    ((failed == 0 && passed > 0))
}

# The project's own files, tracked or not: what is ignored was built.
project_files() {
    (cd "$project" && find . \( -name .git -o -name '.build*' -o -name .lab -o -name .deb -o -name Package.resolved \) -prune \
        -o -type f -print | sed 's|^\./||' | sort)
}
