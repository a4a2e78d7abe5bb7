# shellcheck shell=bash
# What every scenario needs: the lab as a command, expectations that say what they saw, and a count at the end.
# A scenario sources this file, states expectations, and ends with `finish`. It never ends before: a failed expectation is
# counted and the rest still runs, unless what follows would make no sense (`must`).

scenarios=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# For a scenario's own files; they end with it.
scratch=$(mktemp -d)
passed=0
failed=0

lab() { "$scenarios/../lab" "$@"; }

ok() {
    passed=$((passed + 1))
    printf 'ok %d - %s\n' "$((passed + failed))" "$1"
}

# not_ok SENTENCE [DETAIL]: the detail may have several lines, each becomes a comment.
not_ok() {
    failed=$((failed + 1))
    printf 'not ok %d - %s\n' "$((passed + failed))" "$1"
    [[ -z ${2:-} ]] || printf '#   %s\n' "${2//$'\n'/$'\n'#   }"
}

note() { printf '# %s\n' "$*"; }

# expect SENTENCE COMMAND...: the command succeeds.
expect() { expect_status 0 "$@"; }

# expect_status STATUS SENTENCE COMMAND...: the command ends with exactly this status.
expect_status() {
    local wanted=$1 sentence=$2 status=0
    shift 2
    "$@" >"$scratch/output" 2>&1 </dev/null || status=$?
    if ((status == wanted)); then
        ok "$sentence"
    else
        not_ok "$sentence" "exit status $status, expected $wanted: $*
$(tail -n 20 "$scratch/output")"
    fi
}

# expect_fails SENTENCE COMMAND...: the command ends with any status but 0.
expect_fails() {
    local sentence=$1
    shift
    if "$@" >"$scratch/output" 2>&1 </dev/null; then
        not_ok "$sentence" "it succeeded: $*
$(tail -n 20 "$scratch/output")"
    else
        ok "$sentence"
    fi
}

# expect_equal SENTENCE EXPECTED ACTUAL
expect_equal() {
    if [[ $2 == "$3" ]]; then
        ok "$1"
    else
        not_ok "$1" "expected: $2
     got: $3"
    fi
}

# expect_different SENTENCE UNWANTED ACTUAL: the actual value is there, and another.
expect_different() {
    if [[ -n $3 && $2 != "$3" ]]; then
        ok "$1"
    else
        not_ok "$1" "expected anything but: $2
                   got: $3"
    fi
}

# expect_output SENTENCE PATTERN COMMAND...: standard output and error together match the extended regular expression in one line.
expect_output() {
    local sentence=$1 pattern=$2 status=0
    shift 2
    "$@" >"$scratch/output" 2>&1 </dev/null || status=$?
    if grep -qE -- "$pattern" "$scratch/output"; then
        ok "$sentence"
    else
        not_ok "$sentence" "no line matches: $pattern
exit status $status: $*
$(tail -n 40 "$scratch/output")"
    fi
}

# expect_no_output_like SENTENCE PATTERN COMMAND...: the command succeeds and no line matches.
expect_no_output_like() {
    local sentence=$1 pattern=$2
    shift 2
    if ! "$@" >"$scratch/output" 2>&1 </dev/null; then
        not_ok "$sentence" "it failed: $*
$(tail -n 20 "$scratch/output")"
    elif grep -E -- "$pattern" "$scratch/output" >"$scratch/lines"; then
        not_ok "$sentence" "these lines match $pattern:
$(head -n 20 "$scratch/lines")"
    else
        ok "$sentence"
    fi
}

# eventually SECONDS SENTENCE COMMAND...: the command succeeds sooner or later. The limit only ends a wait that would not;
# it is no statement about speed.
eventually() {
    local deadline=$((SECONDS + $1)) sentence=$2
    shift 2
    until "$@" >"$scratch/output" 2>&1 </dev/null; do
        if ((SECONDS >= deadline)); then
            not_ok "$sentence" "still failing: $*
$(tail -n 20 "$scratch/output")"
            return
        fi
        sleep 0.5
    done
    ok "$sentence"
}

# must SENTENCE COMMAND...: as expect, but without it the rest makes no sense.
must() {
    local before=$failed
    expect "$@"
    ((failed == before)) || finish
}

# Always the last command of a scenario.
finish() {
    trap - EXIT
    clean_up
    printf '%d passed, %d failed\n' "$passed" "$failed"
    ((failed == 0)) || exit 1
    exit 0
}

# A scenario that ends any other way has failed, and leaves nothing behind either.
clean_up() {
    rm -rf "$scratch"
    ((${keep_lab:-0})) || lab down
}

abandoned() {
    local status=$?
    clean_up
    not_ok "the scenario runs to its end" "it ended early with status $status"
    printf '%d passed, %d failed\n' "$passed" "$failed"
    exit 1
}
trap abandoned EXIT
trap 'exit 130' INT TERM HUP
