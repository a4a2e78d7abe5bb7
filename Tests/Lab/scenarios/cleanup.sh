#!/bin/bash
# What an earlier cluster left goes with the consent "cleanup", and not without it: a CNI configuration moves aside, an empty
# bridge and the chains of kube-proxy are deleted. What is another's, or in use, stays; a purge leaves what was moved.
# Usage: cleanup.sh [SUITE]
# shellcheck disable=SC2016,SC2317  # what is quoted is for the node; what seems unreachable is called by name
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../lib/cluster.sh
source "$scenarios/../lib/cluster.sh"

suite=${1:-bookworm}
old=/etc/cni/net.d/00-old.conflist
chains=0

must "a bare node of $suite boots" lab up 1 --suite "$suite"
cluster_configuration 1 >"$scratch/cluster.toml"
configure "$scratch/cluster.toml" cluster.toml nuc01
must 'the package installs' lab install nuc01
eventually 600 'every requirement is met' all_met nuc01

# -- What an earlier cluster leaves, beside what is the owner's
must 'a CNI configuration and an empty bridge are left' on nuc01 "mkdir -p /etc/cni/net.d &&
    printf '%s\n' '{ \"cniVersion\": \"0.3.1\", \"name\": \"old\", \"plugins\": [ { \"type\": \"bridge\", \"bridge\": \"cni0\" } ] }' >$old &&
    chmod 0640 $old && cp -p $old /root/old && echo mine >/etc/cni/net.d/README && ip link add cni0 type bridge"
rules() { on nuc01 'iptables-nft-save -t filter | grep -v "^#" | sed "s/\[.*//"'; }
if on nuc01 'iptables-nft -N KUBE-TEST' 2>/dev/null; then
    chains=1
    must 'so are chains, with jumps to them' on nuc01 'set -e
        iptables-nft -N KUBE-OTHER; iptables-nft -N MINE
        iptables-nft -A INPUT -p tcp --dport 22 -j ACCEPT
        iptables-nft -A FORWARD -j MINE
        iptables-nft -A MINE -s 192.0.2.0/24 -j ACCEPT'
    rules | grep -v KUBE- >"$scratch/own"
    must 'and rules in them' on nuc01 'set -e
        iptables-nft -I FORWARD -i eth9 -j KUBE-TEST
        iptables-nft -A KUBE-TEST -s 192.0.2.1 -j KUBE-OTHER
        iptables-nft -A KUBE-OTHER -j MINE'
else
    note 'the kernel of the node has no filter of nf_tables: without chains'
fi

# -- Without consent it is told and left
left_over() { on nuc01 'nucprep status --fresh --json >/dev/null' && is unmet nuc01 leftover-cni && is unmet nuc01 leftover-links; }
eventually 60 'the file and the bridge are seen' left_over
expect_output 'the plan says which consent it takes to move the file' "move $old to /var/lib/nucprep/aside/: the consent cleanup is not given" on nuc01 'nucprep plan --json'
expect_output 'and to delete the link' 'delete the bridge link cni0: the consent cleanup is not given' on nuc01 'nucprep plan --json'
expect 'both are there' on nuc01 "cmp $old /root/old && test -e /sys/class/net/cni0/bridge"
if ((chains)); then
    expect_output 'and the chains' 'KUBE-OTHER, KUBE-TEST from the packet filter, and the jumps to them: the consent cleanup is not given' on nuc01 'nucprep plan --json'
    expect 'which are there' on nuc01 'iptables-nft -S KUBE-TEST'
fi

# -- With it, it goes
printf '[policy]\nconsent = ["restart", "packages", "network", "cleanup"]\n' >"$scratch/cleanup.toml"
configure "$scratch/cleanup.toml" zz-cleanup.toml nuc01
expect 'the daemon takes the consent' on nuc01 'systemctl reload nucprepd'
eventually 300 'every requirement is met again' all_met nuc01
expect 'the file is at its place no more' on nuc01 "test ! -e $old"
expect 'it lies aside with its bytes and its mode' on nuc01 'set -- /var/lib/nucprep/aside/00-old.conflist.*Z
    test $# = 1 && cmp "$1" /root/old && test "$(stat -c "%a %U" "$1")" = "640 root"'
expect 'root alone can read there' on nuc01 'test "$(stat -c %a /var/lib/nucprep/aside)" = 700'
expect_output 'the journal says where it is' "move $old to /var/lib/nucprep/aside/" on nuc01 'journalctl -t nucprepd --no-pager'
expect 'another file of the folder stays' on nuc01 'test "$(cat /etc/cni/net.d/README)" = mine'
# The copy that late bytes would come back from goes when nobody can still be writing.
eventually 120 'no other name is left in it' on nuc01 'test "$(ls -A /etc/cni/net.d)" = README'
expect 'the bridge is gone' on nuc01 'test ! -e /sys/class/net/cni0'
if ((chains)); then
    rules >"$scratch/after"
    expect 'the chains are gone, and every rule of the owner is as it was' diff "$scratch/own" "$scratch/after"
fi

# -- What is in use stays
must 'a bridge of that name has a port' on nuc01 'ip link add cni0 type bridge && ip link add p0 type veth peer name p1 && ip link set p0 master cni0'
eventually 60 'it is seen' on nuc01 'nucprep status --fresh --json | grep -q "the links cni0 exist"'
expect_no_output_like 'there is no plan to delete it' 'remove-link|delete the bridge link' on nuc01 'nucprep plan --json'
expect 'it stays' on nuc01 'test -e /sys/class/net/cni0/brif/p0'
on nuc01 'ip link delete p0'
eventually 120 'once the port is gone, the next look deletes the bridge' on nuc01 'nucprep status --fresh --json >/dev/null; test ! -e /sys/class/net/cni0'

# -- A purge takes what is the daemon's, and nothing else
must 'the package is purged' on nuc01 'DEBIAN_FRONTEND=noninteractive apt-get -q -y purge nucprep'
expect_equal 'what was moved aside is all that is left' aside "$(on nuc01 'ls -A /var/lib/nucprep')"
expect 'with its bytes' on nuc01 'cmp /var/lib/nucprep/aside/00-old.conflist.*Z /root/old'
finish
