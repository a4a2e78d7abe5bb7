#!/bin/bash
# What nucprepd predicts for the next boot is what comes: nodes are set up in one nasty way each, the prediction is kept, the
# node boots, and every requirement is compared with what is so then. The daemon observes, so that it repairs nothing.
# Usage: reboot-truth.sh [SUITE]; ROUNDS= and NODES= make it shorter, CASES= names set-ups of lib/nasty-boots.
# shellcheck disable=SC2016,SC2317  # what is quoted is for the node; what seems unreachable is called by name
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../lib/cluster.sh
source "$scenarios/../lib/cluster.sh"

suite=${1:-bookworm}
count=${NODES:-4}
mapfile -t nodes < <(seq -f 'nuc%02g' "$count")
mapfile -t cases < <("$scenarios/../lib/nasty-boots" list)
if [[ -n ${CASES:-} ]]; then
    mapfile -t cases < <(printf '%s\n' "${cases[@]}" | grep -E "^(${CASES// /|}) ")
fi
right=0 wrong=0 unknown=0 decided=0 undecided=0 false=0

# each COMMAND: runs it with every node of this round and its case, all at once.
each() {
    local number jobs=() failed=0
    for number in "${!present[@]}"; do
        "$1" "${nodes[$number]}" "${present[$number]}" </dev/null &
        jobs+=($!)
    done
    for number in "${jobs[@]}"; do wait "$number" || failed=1; done
    return "$failed"
}

set_up() { on "$1" "/root/nasty-boots set ${2%% *}"; }
# A busy node may be too slow for one question; the prediction is the one that comes.
predict() { on "$1" 'for _ in $(seq 20); do nucprep status --fresh --timeout 60 --json && exit; done; exit 1' >"$scratch/$1.before"; }
reboot() { lab reboot "$1"; }

# settled NODE CASE: the requirement that the case is about is now as the case says; what is started late may take a while.
settled() {
    local name id verdict
    read -r name id verdict <<<"$2"
    on "$1" 'nucprep status --fresh --json' >"$scratch/$1.after" || return
    [[ $("$scenarios/../lib/verdicts" "$id" <"$scratch/$1.after") == "$id $verdict "* ]] ||
        { "$scenarios/../lib/verdicts" "$id" --findings <"$scratch/$1.after"; return 1; }
}

# judge NODE CASE: counts what was predicted for it.
judge() {
    local name id verdict one two three
    read -r name id verdict <<<"$2"
    "$scenarios/../lib/boot-truth" "$scratch/$1.before" "$scratch/$1.after" >"$scratch/truth"
    read -r _ one _ two _ three < <(tail -n 1 "$scratch/truth")
    right=$((right + one)) wrong=$((wrong + two)) unknown=$((unknown + three))
    if ((two == 0)); then
        ok "$name: nothing was predicted wrongly ($one right, $three unknown)"
    else
        not_ok "$name: nothing was predicted wrongly" "$(<"$scratch/truth")"
    fi
    # And of what the case is about alone, where the other requirements do not make the share look better.
    read -r _ one _ two _ three < <("$scenarios/../lib/boot-truth" "$scratch/$1.before" "$scratch/$1.after" "$id" | tail -n 1)
    decided=$((decided + one)) false=$((false + two)) undecided=$((undecided + three))
    ((one)) || note "$name: $id, $verdict after the boot, was predicted $( ((two)) && echo wrong; ((two)) || echo unknown)"
}

must "$count bare nodes of $suite boot" lab up "$count" --suite "$suite"
cluster_configuration "$count" >"$scratch/cluster.toml"
observe_only >"$scratch/observe.toml"
configure "$scratch/cluster.toml" cluster.toml "${nodes[@]}"
configure "$scratch/observe.toml" observe.toml "${nodes[@]}"
for node in "${nodes[@]}"; do
    for peer in "${!nodes[@]}"; do printf '10.77.0.%d %s\n' "$((11 + peer))" "${nodes[$peer]}"; done |
        lab ssh "$node" 'sed -i /debian/d /etc/hosts && cat >>/etc/hosts'
    lab put "$node" "$scenarios/../lib/nasty-boots" /root/nasty-boots
done
must 'the package installs on all nodes' lab install "${nodes[@]}"
for node in "${nodes[@]}"; do
    must "$node begins as one whose swap, kernel and names are right" on "$node" "/root/nasty-boots begin $node"
done

# -- Nodes that are set up in one way each, as many at a time as there are nodes
for ((begin = 0; begin < ${#cases[@]}; begin += count)); do
    ((begin < ${ROUNDS:-99} * count)) || break
    present=("${cases[@]:begin:count}")
    note "round $((begin / count + 1)): ${present[*]%% *}"
    must 'the set-ups are in place' each set_up
    must 'a next boot is predicted on each node' each predict
    must 'the nodes boot' each reboot
    for number in "${!present[@]}"; do
        eventually 180 "${present[$number]%% *}: $(cut -d' ' -f2- <<<"${present[$number]}") after the boot" \
            settled "${nodes[$number]}" "${present[$number]}"
        judge "${nodes[$number]}" "${present[$number]}"
    done
done

# -- A swap partition that systemd finds by itself: on a disk of its own kind
if [[ -z ${CASES:-} ]]; then
    must 'a node whose root disk has a GPT with a swap partition boots' lab up 1 --suite "$suite" --gpt
    configure "$scratch/observe.toml" observe.toml nuc01
    must 'the package installs there' lab install nuc01
    expect_output 'systemd has turned the partition on' '^/dev/ubda2 ' on nuc01 'cat /proc/swaps'
    for line in 'gpt-swap swap-off unmet' 'gpt-swap-beside-a-noauto-line swap-off met'; do
        present=("$line")
        on nuc01 'swapoff -a'
        [[ $line != *noauto* ]] || on nuc01 'echo "/swap.img none swap noauto 0 0" >>/etc/fstab'
        must 'its next boot is predicted' predict nuc01
        must 'it boots' lab reboot nuc01
        eventually 180 "${line%% *}: $(cut -d' ' -f2- <<<"$line") after the boot" settled nuc01 "$line"
        judge nuc01 "$line"
    done
fi

note "all requirements of all boots: $right right, $wrong wrong, $unknown unknown"
note "those that the set-ups are about: $decided right, $false wrong, $undecided unknown"
expect 'at most one prediction in ten is unknown' test "$((10 * unknown))" -le "$((right + wrong + unknown))"
expect 'and at most one in ten of those that the set-ups are about' test "$((10 * undecided))" -le "$((decided + false + undecided))"
finish
