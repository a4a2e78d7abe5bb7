# shellcheck shell=bash
# Processes the lab started, by a record of process id and start time: with both, nobody takes a later process of the
# same number for ours.

# Writes the record of the calling shell. /proc is the outside's, so the id is the one by which the outside knows us, also
# from within a process namespace.
record_self() {
    local stat
    read -r -a stat </proc/self/stat
    printf '%s %s\n' "${stat[0]}" "${stat[21]}" >"$1.new"
    mv "$1.new" "$1"
}

process_alive() {
    local pid started stat
    read -r pid started 2>/dev/null <"$1" || return 1
    read -r -a stat 2>/dev/null <"/proc/$pid/stat" || return 1
    [[ ${stat[21]} == "$started" && ${stat[2]} != Z ]]
}

# Returns when the process is gone. Ending process 1 of a node's namespace ends the whole node, and that process is gone only
# after all others.
kill_recorded() {
    local pid
    process_alive "$1" || return 0
    read -r pid _ <"$1"
    kill -KILL "$pid" 2>/dev/null || true
    while process_alive "$1"; do sleep 0.05; done
}
