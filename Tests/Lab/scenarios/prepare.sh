#!/bin/bash
# The main job: three bare nodes become ready, stay ready over a reboot and a power cut, and the fleet says so.
# Usage: prepare.sh [SUITE]
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

must "three bare nodes of $suite boot" lab up 3 --suite "$suite"
cluster_configuration 3 >"$scratch/cluster.toml"
observe_only >"$scratch/observe.toml"
configure "$scratch/cluster.toml" cluster.toml "${nodes[@]}"
configure "$scratch/observe.toml" observe.toml "${nodes[@]}"
for node in "${nodes[@]}"; do
    on "$node" 'cp /etc/fstab /root/fstab.before'
    photograph "$node" /etc/hosts /etc/hostname /etc/apt /etc/containerd /etc/sysctl.d /etc/modules-load.d /var/lib/dpkg/status >"$scratch/$node.installer"
done
must 'the package installs on all nodes' lab install "${nodes[@]}"
expect 'the service is active at once' on nuc02 'systemctl is-active nucprepd.service nucprepd.socket'
expect 'and enabled' on nuc02 'systemctl is-enabled nucprepd.service nucprepd.socket'

# -- Observing changes nothing and tells everything
expect_status 2 'the report is NO-GO' report
expect_output 'it names the swap area' 'swap-off' report
expect_output 'it names the missing module' 'kernel-modules' report
expect_output 'it names the wrong name' 'hostname' report
expect_output 'it names the missing repository' 'apt-repository' report
expect_output 'it names the cgroups of containerd' 'containerd-systemd-cgroup' report
expect_output 'its last word is NO-GO' '^NO-GO' report
expect_status 2 'preflight does not start its command' on nuc01 'nucprep preflight -- touch /root/started'
expect_fails 'nothing was started' on nuc01 'test -e /root/started'
expect 'fstab is as it was' on nuc02 'cmp /etc/fstab /root/fstab.before'
expect_output 'swap is still on' '^/swap\.img' on nuc02 'swapon --noheadings'
for node in "${nodes[@]}"; do
    # Installing the package itself writes the database of packages.
    photograph "$node" /etc/hosts /etc/hostname /etc/apt /etc/containerd /etc/sysctl.d /etc/modules-load.d /var/lib/dpkg/status >"$scratch/$node.observed"
    expect "$node: nothing is written while it observes" diff <(grep -v /dpkg/status "$scratch/$node.installer") <(grep -v /dpkg/status "$scratch/$node.observed")
done
expect_output 'the plan shows the edit' '^[ ]*\+#/swap\.img none swap sw 0 0' on nuc02 'nucprep plan'

# -- Enforcing
for node in "${nodes[@]}"; do
    expect "$node takes the new configuration" on "$node" 'rm /etc/nucprep/conf.d/observe.toml && systemctl reload nucprepd'
done
for node in "${nodes[@]}"; do
    eventually 900 "$node: every requirement is met" all_met "$node"
done
eventually 120 'the fleet becomes GO' is_go
for node in "${nodes[@]}"; do
    expect_ready "$node" "${nodes[@]}"
    eventually 120 "$node: systemd has no swap unit to start" on "$node" '! systemctl list-unit-files --type=swap --no-legend 2>&1 | grep -E "enabled|generated|Failed"'
    expect_output "$node: br_netfilter is listed for the boot" '^br_netfilter$' on "$node" 'systemd-analyze cat-config modules-load.d'
    expect "$node: every other byte of fstab is kept" on "$node" 'sed "s|^#/swap|/swap|" /etc/fstab | cmp - /root/fstab.before'
done
expect_output 'the journal tells what was done' 'swap-off: end the swap area /swap\.img' on nuc02 'journalctl -t nucprepd'
expect_output 'with fields' '^NUCPREP_REQUIREMENT=swap-off$' on nuc02 'journalctl -t nucprepd -o export'
expect_output 'and an explanation' 'Subject: ' on nuc02 'journalctl -x -t nucprepd --no-pager'
# It asks the nodes anew, and one that is busy at that moment is no reason to fail here.
becomes_its_command() { [[ $(on nuc01 'nucprep preflight -- echo ran 2>/dev/null') == ran ]]; }
eventually 120 'preflight becomes its command' becomes_its_command

# -- Drift
on nuc02 'dd if=/dev/zero of=/second.img bs=1M count=16 status=none && chmod 600 /second.img && mkswap -q /second.img && swapon /second.img'
eventually 60 'an area that somebody turns on is ended' on nuc02 'test $(wc -l </proc/swaps) = 1'
on nuc02 'echo "/second.img none swap sw 0 0" >>/etc/fstab'
eventually 60 'a line that somebody adds to fstab is taken out' on nuc02 'test -z "$(findmnt --fstab -n -t swap)"'
on nuc02 'modprobe -r br_netfilter'
eventually 60 'a module that somebody unloads is loaded again' on nuc02 'grep -q ^br_netfilter /proc/modules'
on nuc02 'rm /etc/modules-load.d/nucprep.conf'
eventually 60 'its file is written again' on nuc02 'test -s /etc/modules-load.d/nucprep.conf'
on nuc02 'sysctl -qw net.ipv4.ip_forward=0'
eventually 60 'a switch that somebody turns off is on again' on nuc02 'test "$(cat /proc/sys/net/ipv4/ip_forward)" = 1'
on nuc02 'echo wrong >/proc/sys/kernel/hostname'
eventually 60 'a name that somebody gives it is taken back' on nuc02 'test "$(uname -n)" = nuc02'
on nuc02 'sed -i /nuc03/d /etc/hosts'
eventually 60 'a peer that somebody takes out of hosts is back' on nuc02 'getent ahostsv4 nuc03'
on nuc02 'rm /etc/apt/preferences.d/nucprep'
eventually 60 'the pins are written again' on nuc02 'test -s /etc/apt/preferences.d/nucprep'
on nuc02 'apt-mark -q unhold kubelet'
eventually 120 'what somebody releases is held again' on nuc02 'apt-mark showhold | grep -q kubelet'
on nuc02 'systemctl stop containerd'
eventually 120 'a containerd that somebody stops runs again' on nuc02 'systemctl is-active containerd'
expect_no_output_like 'no drift was missed by the events' 'the periodic check found this; no watch reported it' on nuc02 'journalctl -t nucprepd'

# -- The next boot, by reboot and by power cut
must 'nuc02 reboots' lab reboot nuc02
must 'nuc03 loses power' lab cut nuc03
eventually 120 'the fleet is GO again' is_go
for node in nuc02 nuc03; do
    expect_equal "$node: no swap came back" 1 "$(on "$node" 'wc -l </proc/swaps')"
    expect_output "$node: systemd-modules-load did its work" '^success$' on "$node" 'systemctl show -p Result --value systemd-modules-load'
    expect_no_output_like "$node: the daemon had nothing to put right" 'fixed' on "$node" 'journalctl -b -t nucprepd -o export --output-fields=NUCPREP_TYPE'
    expect_output "$node: its next boot is proven" '"proof":"proven"' on "$node" 'nucprep status --json'
done

# -- A node that does not answer is INCOMPLETE, never GO
on nuc03 'systemctl stop nucprepd.service nucprepd.socket'
# Before kubeadm init it ends and is started again, every few seconds.
on nuc03 'systemctl restart kubelet' || true
expect_equal 'the kubelet does not start a daemon that was stopped' inactive "$(on nuc03 'systemctl is-active nucprepd' || true)"
expect_status 3 'without the daemon of nuc03 the report is INCOMPLETE' report
on nuc03 'systemctl start nucprepd.socket'
eventually 60 'the socket alone brings it back, once the way to its peers was tried' is_go
on nuc03 'ip link set "$(ip -o -4 addr show | grep -F 10.77.0.13 | cut -d" " -f2)" down' || true
# INCOMPLETE, until its peers find out and call it unreachable.
expect_fails 'a node without network keeps the report from GO' report
expect_output 'and is named with its cause' 'nuc03' report
expect_fails 'preflight does not start its command then' on nuc01 'nucprep preflight -- touch /root/started'
expect_fails 'nothing was started then either' on nuc01 'test -e /root/started'

# -- Removing and purging
expect 'removing leaves the node as it was made' on nuc02 'apt-get remove -y nucprep && test -e /etc/modules-load.d/nucprep.conf && test -e /etc/nucprep/nucprep.toml'
expect 'purging takes away what the daemon wrote' on nuc02 'apt-get purge -y nucprep && ! test -e /etc/modules-load.d/nucprep.conf && ! test -e /etc/sysctl.d/99-zz-nucprep.conf && ! test -e /etc/apt/preferences.d/nucprep && ! test -e /var/lib/nucprep'
expect_output 'fstab keeps its edit' '^#/swap\.img' on nuc02 'cat /etc/fstab'
finish
