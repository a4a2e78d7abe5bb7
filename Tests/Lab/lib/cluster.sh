# shellcheck shell=bash
# What a cluster of lab nodes is told, for the demonstration and the scenarios.

# cluster_configuration COUNT: the [[nodes]] of nuc01 to nucCOUNT, the first one as control plane.
cluster_configuration() {
    local number role=control-plane
    printf '[cluster]\nname = "lab"\n'
    for ((number = 1; number <= $1; number++)); do
        printf '\n[[nodes]]\nname = "nuc%02d"\naddress = "10.77.0.%d"\nrole = "%s"\n' "$number" $((10 + number)) "$role"
        role=worker
    done
}

# observe_only: a drop-in that keeps the daemon from acting.
observe_only() { printf '[policy]\nmode = "observe"\n'; }
