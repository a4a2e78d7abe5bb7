#!/bin/bash
# The manual in one command: three bare nodes, the package, one configuration and a repository go in; three nodes ready for
# kubeadm come out, once and for all: over a reboot, over an upgrade, and without a second write.
# Usage: manual.sh [SUITE]
# shellcheck disable=SC2016,SC2317  # what is quoted is for the node; what seems unreachable is called by name
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../lib/cluster.sh
source "$scenarios/../lib/cluster.sh"
# shellcheck source=../lib/independent.sh
source "$scenarios/../lib/independent.sh"

suite=${1:-bookworm}
nodes=(nuc01 nuc02 nuc03)
report() { on nuc01 'nucprep report 2>&1'; }
is_go() { on nuc01 'nucprep report >/dev/null 2>&1'; }

# -- Nothing of the manual is done
must "three bare nodes of $suite boot" lab up 3 --suite "$suite"
for node in "${nodes[@]}"; do
    expect_equal "$node is called debian" debian "$(on "$node" 'uname -n')"
done
expect_no_output_like 'it knows no other node by name' nuc on nuc02 'cat /etc/hosts'
expect_output 'swap is on' '^/swap\.img' on nuc02 'swapon --noheadings'
expect_no_output_like 'br_netfilter is not loaded' '^br_netfilter' on nuc02 lsmod
expect_equal 'IPv4 is not forwarded' 0 "$(on nuc02 'sysctl -n net.ipv4.ip_forward')"
expect_fails 'no tool of the prerequisites is there' on nuc02 \
    'for tool in kubeadm kubelet kubectl crictl curl wget ipvsadm conntrack socat ethtool; do ! command -v "$tool" || exit 0; done; exit 1'
expect_fails 'apt knows no Kubernetes repository' on nuc02 'grep -r kubernetes /etc/apt'
expect 'containerd runs' on nuc02 'systemctl is-active containerd'
expect_fails 'without the cgroups of systemd' dump_is_right nuc02

# -- One package, one file, one repository
cluster_configuration 3 >"$scratch/nucprep.toml"
configure "$scratch/nucprep.toml" cluster.toml "${nodes[@]}"
must 'the package installs on all nodes' lab install "${nodes[@]}"
for node in "${nodes[@]}"; do
    eventually 900 "$node: every requirement is met" all_met "$node"
done
eventually 120 'the fleet is GO' is_go

# -- The next boot is as predicted
must 'all nodes reboot' at_once reboot "${nodes[@]}"
for node in "${nodes[@]}"; do
    eventually 300 "$node: every requirement is met and proven" all_proven "$node"
    expect_no_output_like "$node: the daemon had nothing to put right" 'fixed' on "$node" \
        'journalctl -b -t nucprepd -o export --output-fields=NUCPREP_TYPE'
done
eventually 120 'the fleet is GO after the reboot' is_go

# -- Nobody has to take our word
for node in "${nodes[@]}"; do
    expect_ready "$node" "${nodes[@]}"
done
for node in "${nodes[@]}"; do
    expect "$node: apt-get upgrade works" on "$node" 'DEBIAN_FRONTEND=noninteractive apt-get -q -y upgrade'
    expect_equal "$node: and leaves the three where they are" "$(held_at "$wanted_version")" "$(versions "$node")"
done

# -- The second time there is nothing to do
requests() { wc -l <"$scenarios/../../../.lab/repository/server.log"; }
for node in "${nodes[@]}"; do
    photograph "$node" /etc /var/lib/dpkg/status >"$scratch/$node.before"
done
asked=$(requests)
for node in "${nodes[@]}"; do
    expect "$node: the daemon starts again" look_again "$node"
    eventually 120 "$node: it finds every requirement met" all_proven "$node"
    expect_output "$node: and nothing to do" '^nothing to do$' on "$node" 'nucprep plan'
done
for node in "${nodes[@]}"; do
    photograph "$node" /etc /var/lib/dpkg/status >"$scratch/$node.after"
    expect "$node: nothing below /etc was written, containerd runs on" diff "$scratch/$node.before" "$scratch/$node.after"
done
expect_equal 'nobody asked the repository for anything' "$asked" "$(requests)"

# -- It can say why
mapfile -t ids < <(verdicts nuc01 | cut -d' ' -f1)
expect_equal "nucprep explains each of the ${#ids[@]} requirements" '' "$(on nuc01 \
    "for id in ${ids[*]}; do nucprep explain \$id | grep -q \$id || echo \$id; done")"
expect_output 'with what to do by hand' 'swapoff' on nuc01 'nucprep explain swap-off'
expect_fails 'and knows no other' on nuc01 'nucprep explain no-such-thing'
finish
