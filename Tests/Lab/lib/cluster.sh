# shellcheck shell=bash
# What a cluster of lab nodes is told, and how one asks it. For the demonstration and the scenarios, which bring `lab`, the
# lab as a command.

library=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# Exactly this version, among newer ones that the lab's repository offers too.
wanted_version=1.28.1-1.1

# on NODE COMMAND...: as root there.
on() { lab ssh "$@" </dev/null; }

# cluster_configuration COUNT: the [[nodes]] of nuc01 to nucCOUNT, the first one as control plane, and where packages come
# from. The lab must be up: its key is a new one each time.
cluster_configuration() {
    local number role=control-plane
    printf '[cluster]\nname = "lab"\npackage-version = "%s"\n' "$wanted_version"
    printf '\n[packages]\nrepository = "http://10.77.0.1/kubernetes/"\nkey-fingerprint = "%s"\n' "$(lab repository fingerprint)"
    for ((number = 1; number <= $1; number++)); do
        printf '\n[[nodes]]\nname = "nuc%02d"\naddress = "10.77.0.%d"\nrole = "%s"\n' "$number" $((10 + number)) "$role"
        role=worker
    done
    waivers
}

# waivers: what a lab node can't be, each with its reason; kubeadm would need --ignore-preflight-errors for the same.
waivers() {
    local id
    for id in cpu-count memory-size; do
        printf '\n[[waivers]]\nrequirement = "%s"\nreason = "a lab node has one processor and little memory"\nuntil = 2099-12-31\n' "$id"
    done
    for id in kernel-configuration cgroup-controllers; do
        printf '\n[[waivers]]\nrequirement = "%s"\nreason = "the kernel of a lab node is built without CPUSETS and HUGETLB"\nuntil = 2099-12-31\n' "$id"
    done
    printf '\n[[waivers]]\nrequirement = "images-available"\nreason = "the network of the lab has no registry"\nuntil = 2099-12-31\n'
    printf '\n[[waivers]]\nrequirement = "resolver"\nreason = "the network of the lab has no nameserver"\nuntil = 2099-12-31\n'
    printf '\n[[waivers]]\nrequirement = "clock-synchronised"\nreason = "the network of the lab has no time server"\nuntil = 2099-12-31\n'
}

# observe_only: a drop-in that keeps the daemon from acting.
observe_only() { printf '[policy]\nmode = "observe"\n'; }

# configure FILE NAME NODE...: the file becomes the drop-in NAME on the nodes.
configure() {
    local file=$1 name=$2 node
    shift 2
    for node in "$@"; do
        on "$node" 'mkdir -p /etc/nucprep/conf.d'
        lab put "$node" "$file" "/etc/nucprep/conf.d/$name"
    done
}

# verdicts NODE [--findings] [ID...]: see lib/verdicts.
verdicts() {
    local node=$1
    shift
    on "$node" 'nucprep status --json' | "$library/verdicts" "$@"
}

# all_met NODE: every requirement is met at a new look, does not apply, is waived, or informs only; else it shows those that are not, with
# what was found. A new one, since a neighbour may have been slow to answer while it was busy at the last.
all_met() {
    local lines ids
    lines=$(on "$1" 'nucprep status --fresh --json' | "$library/verdicts" --info) || return
    mapfile -t ids < <(awk '!($2 ~ /^(met|not_applicable|waived|info)$/ && $3 ~ /^(met|not_applicable|waived|info)$/) { print $1 }' <<<"$lines")
    [[ -n $lines ]] || return 1
    ((${#ids[@]} == 0)) || { verdicts "$1" --findings "${ids[@]}"; return 1; }
}

# all_proven NODE: and of every one that a boot could undo, a boot has shown that it does not.
all_proven() {
    all_met "$1" || return
    ! verdicts "$1" | awk '$3 != "waived" && $4 == "predicted"' | grep .
}

# is VERDICT NODE ID: in at least one horizon, the other being met or not applicable; or in both.
is() {
    local verdict=$1
    shift
    verdicts "$1" "$2" | awk -v wanted="$verdict" '
        ($2 == wanted || $3 == wanted) && $2 ~ "^(met|not_applicable|" wanted ")$" && $3 ~ "^(met|not_applicable|" wanted ")$" { found = 1 }
        END { exit !found }' || { verdicts "$1" --findings "$2"; return 1; }
}

# open NODE ID...: none of these is met in both horizons.
open() {
    local node=$1 met
    shift
    met=$(verdicts "$node" "$@" | awk '$2 ~ /^(met|not_applicable)$/ && $3 ~ /^(met|not_applicable)$/') || return
    [[ -z $met ]] || { printf '%s\n' "$met"; return 1; }
}

# automatic_steps NODE: the requirements for whose sake the daemon would do something by itself, one a step.
automatic_steps() {
    on "$1" 'nucprep plan --json' |
        python3 -c 'import json, sys; [print(one["requirement"]) for one in json.load(sys.stdin)["steps"] if one["decision"] == "automatic"]'
}

# look_again NODE: returns after a full look of a daemon that knows nothing from before.
look_again() { on "$1" 'systemctl restart nucprepd'; }

# without_daemon NODE COMMANDS: runs them while no daemon is there. Its socket is down as well: any caller would start it by
# that in between. It stays down; `look_again` starts both.
without_daemon() {
    on "$1" "set -e
systemctl stop nucprepd.socket nucprepd.service
if systemctl is-active -q nucprepd.service; then exit 1; fi
$2"
}

# photograph NODE PATH...: every byte, time and inode of these, and which containerd runs. Two equal photographs mean that
# nobody wrote in between, not even the same bytes.
photograph() {
    local node=$1
    shift
    on "$node" "find $* -xdev -printf '%p %y %m %U:%G %i %T@ %C@ %l\n' | sort
        find $* -xdev -type f -print0 | sort -z | xargs -0 sha256sum
        systemctl show -p MainPID,NRestarts,ExecMainStartTimestamp containerd"
}

# at_once COMMAND NODE...: the lab's command on all nodes at the same time; fails if it fails on one.
at_once() {
    local command=$1 node jobs=() failed=0
    shift
    for node in "$@"; do
        lab "$command" "$node" </dev/null &
        jobs+=($!)
    done
    for node in "${jobs[@]}"; do
        wait "$node" || failed=1
    done
    return "$failed"
}
