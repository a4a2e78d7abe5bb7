#!/bin/bash
# The same as manual.sh from the worst that real machines have to offer: files of a corpus in place of the defaults. What
# the daemon may not put right by itself it has to name, file and line, and a hand does just what it says.
# Usage: nasty.sh [SUITE]; the corpus is where NUCPREP_CORPUS says, or beside the checkout.
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
corpus=${NUCPREP_CORPUS:-$scenarios/../../../../shared/corpus}
is_go() { on nuc01 'nucprep report >/dev/null 2>&1'; }
# names NODE ID TEXT: a finding of the requirement has this text, be it a path or a line number.
names() {
    verdicts "$1" --findings "$2" >"$scratch/findings"
    grep -qF -- "$3" "$scratch/findings" || { cat "$scratch/findings"; return 1; }
}
remembers() { on "$1" "cmp -s /root/nasty/$(basename "$2") $2"; }

if [[ ! -d $corpus/containerd ]]; then
    keep_lab=1
    note "left out: there is no corpus at $corpus"
    finish
fi

must "three bare nodes of $suite boot" lab up 3 --suite "$suite"

# give NODE FILE DESTINATION [SED]: a file of the corpus, its names made ours; a copy stays in /root/nasty.
give() {
    local node=$1 destination=$3 made
    made=$scratch/$(basename "$destination")
    sed "${4:-}" "$corpus/$2" >"$made"
    on "$node" "mkdir -p /root/nasty $(dirname "$destination")"
    lab put "$node" "$made" "$destination"
    on "$node" "chown root:root $destination && chmod 0644 $destination && cp -p $destination /root/nasty/"
}

# nuc01: Docker's containerd, hosts with carriage returns and two stale addresses, a host name that ends in one and no line,
# and a swap line in fstab that does.
give nuc01 containerd/023-idein-containerd-io-for-raspbian.toml /etc/containerd/config.toml
give nuc01 hosts/001-crlf-tabs-dup.hosts /etc/hosts 's/node1/nuc01/g; s/node2/nuc02/g'
give nuc01 hostname/002-no-newline-crlf.txt /etc/hostname
on nuc01 'grep -v swap /etc/fstab >/root/fstab'
lab put nuc01 "$corpus/fstab/099-crlf-tabs-active.fstab" /root/nasty.fstab
on nuc01 'grep swap /root/nasty.fstab >>/root/fstab && cat /root/fstab >/etc/fstab && cp /etc/fstab /root/nasty/fstab'

# nuc02: the settings of one version in a file of another, upper case, an old network, a peer on this machine, a late sysctl.
give nuc02 containerd/154-wrong-runc-options-inline.toml /etc/containerd/config.toml
give nuc02 hostname/004-acemanx.txt /etc/hostname
give nuc02 hosts/024-aceqbaceq-docs.hosts /etc/hosts 's/bind-01/nuc03/'
give nuc02 sysctl/036-hercules-team-sysctl.conf /etc/sysctl.d/zz-site.conf

# nuc03: imports that replace what they touch, the repository that is gone, a pin for the minor with a higher priority.
give nuc03 containerd/152-eks-anywhere-imports.toml /etc/containerd/config.toml
printf '%s\n' 'version = 2' '[plugins."io.containerd.grpc.v1.cri"]' 'enable_selinux = false' >"$scratch/site.toml"
on nuc03 'mkdir -p /etc/containerd/conf.d'
lab put nuc03 "$scratch/site.toml" /etc/containerd/conf.d/site.toml
give nuc03 apt/049-list-apt-kubernetes-io-xenial.list /etc/apt/sources.list.d/kubernetes-old.list
give nuc03 apt/042-pref-minor-glob.pref /etc/apt/preferences.d/kubernetes 's/1\.30/1.28/'
give nuc03 hosts/040-lsalas300974-vagrant-ansible-k8s.hosts /etc/hosts 's/k8s-master-1/nuc01/'

must 'all reboot into that' at_once reboot "${nodes[@]}"

cluster_configuration 3 >"$scratch/nucprep.toml"
configure "$scratch/nucprep.toml" cluster.toml "${nodes[@]}"
must 'the package installs on all nodes' lab install "${nodes[@]}"

# -- What only a person may change is named, with file and line, and kept
eventually 120 'nuc01: the stale address of itself is named' names nuc01 hosts-entries 10.0.0.11
expect 'nuc01: and that of its peer' names nuc01 hosts-entries 10.0.0.12
expect 'nuc01: and where they stand' names nuc01 hosts-entries /etc/hosts:
eventually 120 'nuc02: the winner among the sysctls is named' names nuc02 ip-forward /etc/sysctl.d/zz-site.conf:7
expect 'nuc02: and kept' remembers nuc02 /etc/sysctl.d/zz-site.conf
eventually 120 'nuc02: the peer on loopback is named' names nuc02 hosts-entries peer-on-loopback
eventually 120 'nuc03: the old address, which comes after the block, is named' names nuc03 hosts-entries duplicate
eventually 120 'nuc03: the pin that wins is named' names nuc03 apt-pins /etc/apt/preferences.d/kubernetes
expect 'nuc03: and kept' remembers nuc03 /etc/apt/preferences.d/kubernetes
eventually 120 'nuc03: the import that replaced the table has its settings now' dump_is_right nuc03
expect 'nuc03: and keeps its own' on nuc03 'grep -xF "enable_selinux = false" /etc/containerd/conf.d/site.toml'

# -- A hand does what the findings say
old='-e /^127\.0\.1\.1/d -e /^10\.0\.0\.1[12]/d'
on nuc01 "sed -i $old /root/nasty/hosts && sed -i $old /etc/hosts"
on nuc02 'rm /etc/sysctl.d/zz-site.conf && sed -i "/^127.*nuc03/s/nuc03//" /etc/hosts'
on nuc03 'sed -i "/^10\.10\.10\.11/d" /etc/hosts && rm /etc/apt/preferences.d/kubernetes'
for node in "${nodes[@]}"; do
    eventually 900 "$node: every requirement is met" all_met "$node"
done
eventually 120 'the fleet is GO' is_go
must 'all nodes reboot' at_once reboot "${nodes[@]}"
for node in "${nodes[@]}"; do
    eventually 300 "$node: every requirement is met and proven" all_proven "$node"
done
for node in "${nodes[@]}"; do
    expect_ready "$node" "${nodes[@]}"
done

# -- Nothing but the smallest edit was made
expect 'nuc01: every line of hosts is there, carriage returns and all' on nuc01 \
    'sed "/^# BEGIN nucprep/,/^# END nucprep/d" /etc/hosts | cmp - /root/nasty/hosts'
expect 'nuc01: every byte of fstab but one # is there' on nuc01 'sed "s|^#/swap|/swap|" /etc/fstab | cmp - /root/nasty/fstab'
expect_equal 'nuc01: every comment of containerd is there' '' "$(on nuc01 'grep "^#" /root/nasty/config.toml | grep -vxFf /etc/containerd/config.toml')"
expect_output 'nuc03: the old repository is still there to read, and no more' 'apt\.kubernetes\.io' on nuc03 'cat /etc/apt/sources.list.d/kubernetes-old.list'
expect_fails 'nuc03: apt does not read it' on nuc03 "apt-get indextargets --format '\$(SITE)' | grep -F apt.kubernetes.io"
finish
