#!/bin/bash
# The lab itself: what every other scenario takes for granted.
# shellcheck disable=SC2016,SC2317  # what is quoted is for the node; what seems unreachable is called by name
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

checkout=$(cd "$scenarios/../../.." && pwd -P)

boot_of() { lab ssh nuc01 cat /proc/sys/kernel/random/boot_id </dev/null; }

# Whatever the lab runs has its working folder in the lab's state.
lab_processes() {
    local link
    for link in /proc/[0-9]*/cwd; do
        [[ $(readlink "$link" 2>/dev/null) != "$checkout"/.lab/* ]] || echo "$link"
    done
}

expect_nothing_left() {
    expect_equal "$1: no process" '' "$(lab_processes)"
    expect_equal "$1: no namespace, and with it no tap and no bridge" '' "$(ip netns list | grep -F "$namespace" || true)"
    expect_equal "$1: no mount" '' "$(grep -F -e "$checkout/.lab" -e "$namespace" /proc/self/mounts || true)"
    expect_output "$1: status says so" '^no lab' lab status
}

# -- One node
must 'up boots one node' lab up 1
namespace=$(lab host bash -c 'ip netns identify $$')
expect_output 'status shows it' '^nuc01 +bookworm +[0-9]+ +10\.77\.0\.11 +answers$' lab status

# -- Commands
expect_status 7 'ssh passes the exit status through' lab ssh nuc01 'exit 7'
expect_equal 'ssh passes several words as they are' '<a b><$HOME><>' "$(lab ssh nuc01 printf '<%s>' 'a b' '$HOME' '')"
expect_equal 'ssh passes one word to a shell' '3' "$(lab ssh nuc01 'echo $((1 + 2))')"
expect_equal 'ssh passes standard input' 'one two' "$(echo 'one two' | lab ssh nuc01 cat)"
printf 'put\n' >"$scratch/with space"
expect 'put copies a file whose name has a space' lab put nuc01 "$scratch/with space" '/root/also here'
expect_equal 'and its content arrives' 'put' "$(lab ssh nuc01 cat '/root/also here')"
expect_output 'journal shows the journal' 'systemd\[1\]' lab journal nuc01 -b -n 200
expect_output 'host is the bridge side' '10\.77\.0\.1/24' lab host ip address show lab0
expect_status 64 'a word that is no node is a usage error' lab ssh pc true
expect_status 64 'an option without its value is a usage error' lab up --suite
expect_status 64 'the firewall of a course without the course is one' lab up 1 --ufw
expect_status 64 'a course on a Debian that has no image of it is one' lab up 1 --classroom --suite sid
expect_status 64 'a third network card is one' lab up 1 --cards 3
expect_fails 'a node that is not up is an error' lab ssh nuc09 true

# -- A node nobody prepared
expect_output 'the swap file is on' '^/swap\.img +file' lab ssh nuc01 swapon --noheadings
expect_output 'and listed in fstab' '^/swap\.img none swap sw 0 0$' lab ssh nuc01 cat /etc/fstab
expect_no_output_like 'br_netfilter is not loaded' '^br_netfilter' lab ssh nuc01 lsmod
expect 'it can be loaded' lab ssh nuc01 modprobe br_netfilter
expect 'and brings its switches' lab ssh nuc01 test -e /proc/sys/net/bridge/bridge-nf-call-iptables
expect 'and unloaded' lab ssh nuc01 modprobe -r br_netfilter
expect_no_output_like 'then it is gone' '^br_netfilter' lab ssh nuc01 lsmod
expect_equal 'the node is called as the installer called it' debian "$(lab ssh nuc01 hostname)"
expect_no_output_like 'it knows no address of the lab by name' '10\.77' lab ssh nuc01 cat /etc/hosts
expect 'containerd runs' lab ssh nuc01 systemctl is-active containerd
expect_fails 'no tool that kubeadm wants is there' lab ssh nuc01 \
    'for tool in kubeadm curl wget ipvsadm conntrack socat ethtool; do ! command -v $tool || exit 0; done; exit 1'

# -- Where a node installs from
update() { lab ssh nuc01 LC_ALL=C.UTF-8 apt-get -q update </dev/null 2>&1; }
expect_output 'the key is told' '^[0-9A-F]{40}$' lab repository fingerprint
expect 'a node may fetch it' lab ssh nuc01 \
    /usr/lib/apt/apt-helper download-file http://10.77.0.1/kubernetes/Release.key /etc/apt/keyrings/lab.asc
lab ssh nuc01 'chmod a+r /etc/apt/keyrings/lab.asc
    echo "deb [signed-by=/etc/apt/keyrings/lab.asc] http://10.77.0.1/kubernetes/ /" >/etc/apt/sources.list.d/lab.list' </dev/null
expect_no_output_like 'apt reads both repositories without a complaint' '^(W|E|Err)' update
expect_output 'and would take the newest kubeadm' 'Candidate: 1\.29\.0-1\.1' lab ssh nuc01 apt-cache policy kubeadm
for version in 1.28.1-1.1 1.28.2-1.1; do
    expect_output "it offers $version too" "\\| $version " lab ssh nuc01 apt-cache madison kubelet
done
expect_output 'and Debian offers what kubelet depends on' 'Inst conntrack .*Inst kubelet' lab ssh nuc01 \
    'apt-get -s install kubelet=1.28.1-1.1 | grep ^Inst | sort | paste -sd" "'
for trouble in 'unsigned|not signed|no longer signed' 'foreign|NO_PUBKEY|not verified|not be verified|verification' \
    'expired|expired|not valid' 'gone|404' 'dead|[Cc]ould not connect|[Cc]onnection'; do
    expect "a repository may be ${trouble%%|*}" lab repository "${trouble%%|*}"
    expect_output 'and apt says so' "${trouble#*|}" update
done
expect 'and be well again' lab repository signed
expect_no_output_like 'as apt says' '^(W|E|Err)' update
expect_status 64 'it cannot be anything else' lab repository splendid

# -- Keys
expect 'nuc01 reaches a node by ssh, with the host key checked' \
    lab ssh nuc01 ssh -o BatchMode=yes -o StrictHostKeyChecking=yes 10.77.0.11 true
expect_output 'a host key nobody handed out is refused' 'Host key verification failed' \
    lab host ssh -F "$checkout/.lab/ssh/config" -o ControlPath=none -o UserKnownHostsFile=/dev/null nuc01 true

# -- Reboot and power cut
first=$(boot_of)
expect 'reboot returns when the node answers' lab reboot nuc01
second=$(boot_of)
expect_different 'after a reboot the boot id is another' "$first" "$second"
expect_equal 'the disk is the same' 'put' "$(lab ssh nuc01 cat '/root/also here')"
expect_output 'and swap is on again' '^/swap\.img +file' lab ssh nuc01 swapon --noheadings
expect 'cut returns when the node answers' lab cut nuc01
expect_different 'after a power cut the boot id is another' "$second" "$(boot_of)"
expect_equal 'and what was synced before is there' 'put' "$(lab ssh nuc01 cat '/root/also here')"

# -- The end
expect 'down stops everything' lab down
expect_nothing_left 'after down'
expect 'down a second time is fine' lab down

# A run that dies while its nodes boot, without a chance to clean up.
"$scenarios/../lab" up 1 >/dev/null 2>&1 &
run=$!
eventually 60 'a second run starts its node' test -e "$checkout/.lab/nodes/nuc01/process"
kill -KILL "$run"
wait "$run" 2>/dev/null || true
expect 'down cleans up after a run that was killed' lab down
expect_nothing_left 'after a killed run'

finish
