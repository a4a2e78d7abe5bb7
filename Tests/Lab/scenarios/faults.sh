#!/bin/bash
# Three ready nodes, and one fault after the other that only the report of all can show: the right verdict, the right node, the
# right remedy, in time; and GO again when it is mended.
# Usage: faults.sh [SUITE]
# shellcheck disable=SC2016,SC2317  # what is quoted is for the node; what seems unreachable is called by name
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../lib/cluster.sh
source "$scenarios/../lib/cluster.sh"

suite=${1:-bookworm}
nodes=(nuc01 nuc02 nuc03)
deadline=30
options=
is_go() { on nuc01 "nucprep report --deadline $deadline >/dev/null 2>&1"; }

# reports STATUS PATTERN [ID]: the report, or what it says of one requirement, ends with the status (2|3: one of both) within its deadline and
# some seconds to start and to end, and a line of it matches.
reports() {
    local wanted=$1 pattern=$2 status=0
    on nuc01 "timeout $((deadline + 5)) nucprep report --deadline $deadline $options ${3:-} 2>&1" >"$scratch/report" || status=$?
    cat "$scratch/report"
    [[ $status =~ ^($wanted)$ ]] || { echo "# exit status $status, expected $wanted"; return 1; }
    grep -qE -- "$pattern" "$scratch/report"
}
# found FAULT STATUS LINE ID REMEDY: the first screen has the line, and the cause when it is opened the remedy.
found() {
    eventually 150 "$1: $3" reports "$2" "$3"
    eventually 60 "$1: the remedy" reports "$2" "$5" "$4"
}
mended() { eventually 240 "$1: GO when it is mended" is_go; }
filter() { on "$1" "for program in iptables iptables-legacy; do \$program $2 2>/dev/null && exit 0; done; exit 1"; }

must "three nodes of $suite boot" lab up 3 --suite "$suite"
cluster_configuration 3 >"$scratch/cluster.toml"
configure "$scratch/cluster.toml" cluster.toml "${nodes[@]}"
must 'the package installs on all nodes' lab install "${nodes[@]}"
for node in "${nodes[@]}"; do eventually 900 "$node: every requirement is met" all_met "$node"; done
observe_only >"$scratch/observe.toml"
configure "$scratch/observe.toml" observe.toml "${nodes[@]}"
for node in "${nodes[@]}"; do on "$node" 'systemctl reload nucprepd'; done
must 'and the fleet is GO' eventually 240 'the fleet is GO, and its daemons only look from now on' is_go

# -- A node that has drifted, or is another than the rest
on nuc03 'dd if=/dev/zero of=/back.img bs=1M count=16 status=none && chmod 600 /back.img && mkswap -q /back.img && swapon /back.img'
found 'swap is back' 2 '^FAIL +swap-off +nuc03 ' swap-off "by hand.*swapoff '/back.img'"
on nuc03 'swapoff /back.img'
mended 'swap is back'

on nuc03 'cp /etc/hosts /root/hosts.good && sed "s/^10\.77\.0\.12/10.77.0.99/" /root/hosts.good >/etc/hosts'
found 'hosts differ' 2 '^FAIL +hosts-agree +nuc03 ' hosts-agree 'fix +.*(/etc/hosts|another node)'
on nuc03 'cp /root/hosts.good /etc/hosts'
mended 'hosts differ'

printf '[cluster]\nservice-cidr = "10.112.0.0/12"\n' >"$scratch/other.toml"
configure "$scratch/other.toml" other.toml nuc03
on nuc03 'systemctl reload nucprepd'
found 'the configuration differs' 2 '^FAIL +configuration-agrees +nuc03 ' configuration-agrees 'fix +.*copy /etc/nucprep/nucprep.toml'
on nuc03 'rm /etc/nucprep/conf.d/other.toml && systemctl reload nucprepd'
mended 'the configuration differs'

on nuc03 'cp /etc/machine-id /root/machine-id.good'
on nuc02 'cat /etc/machine-id' >"$scratch/machine-id"
lab put nuc03 "$scratch/machine-id" /etc/machine-id
found 'a cloned machine id' 2 '^FAIL +machine-ids-unique +nuc02, nuc03 ' machine-ids-unique 'fix +.*systemd-machine-id-setup'
on nuc03 'cat /root/machine-id.good >/etc/machine-id'
mended 'a cloned machine id'

on nuc03 'date -s "+10 seconds" >/dev/null'
found 'a clock is 10 s off' 2 '^FAIL +clocks-agree +nuc03 ' clocks-agree 'fix +.*timedatectl set-ntp true'
on nuc03 'date -s "-10 seconds" >/dev/null'
mended 'a clock is 10 s off'

on nuc02 'ip link add pods type dummy 2>/dev/null || ip tuntap add pods mode tap; ip link set pods up; ip route add 10.244.7.0/24 dev pods'
found 'the pod range is in use on a worker' 2 '^init: NO-GO' cidrs-free-everywhere 'fix +.*choose another pod range'
on nuc02 'ip link del pods'
mended 'the pod range is in use on a worker'

# -- The network between them
filter nuc03 '-I INPUT -s 10.77.0.12 -p tcp --dport 22 -j DROP'
found 'a way is closed in one direction' 2 '^FAIL +reachability-matrix +nuc02, nuc03 ' reachability-matrix 'fix +.*packet filter of nuc03'
filter nuc03 '-F INPUT'
mended 'a way is closed in one direction'

filter nuc03 '-I INPUT -s 10.77.0.11 -p tcp --dport 22 -j DROP'
# Its peers find out within a minute: then it is NO-GO for them, too.
found 'a filter drops the report' '2|3' '^unkn +timed-out +nuc03 ' timed-out 'fix +.*firewall'
filter nuc03 '-F INPUT'
mended 'a filter drops the report'

filter nuc03 '-I INPUT -s 10.77.0.11 -p tcp --dport 22 -j REJECT --reject-with tcp-reset'
found 'a filter refuses the report' '2|3' '^unkn +refused +nuc03 ' refused 'fix +.*ssh server'
filter nuc03 '-F INPUT'
mended 'a filter refuses the report'

if filter nuc03 '-I INPUT -p icmp -m length --length 1000:65535 -j DROP'; then
    found 'full frames are lost' 0 '^warn +peer-reachability ' peer-reachability 'fix +.*the same MTU'
    filter nuc03 '-F INPUT'
    mended 'full frames are lost'
fi

# -- A node that does not answer, or not as it should
on nuc03 'systemctl stop nucprepd.socket nucprepd.service'
found 'the daemon is stopped' 3 '^unkn +no-daemon +nuc03 ' no-daemon 'fix +.*systemctl status nucprepd'
on nuc03 'systemctl start nucprepd.socket nucprepd.service'
mended 'the daemon is stopped'

on nuc03 'cp /root/.bashrc /root/bashrc.good 2>/dev/null || : >/root/bashrc.good; echo "echo Welcome to the lab; echo You have mail" >/root/.bashrc'
mended 'a login shell that prints a greeting'
# For nuc01 alone, since the lab itself logs in as root.
on nuc03 'echo "case \$SSH_CLIENT in 10.77.0.11*) yes Welcome ;; esac" >/root/.bashrc'
found 'a login shell that prints without end' 3 '^unkn +bad-reply +nuc03 ' bad-reply 'fix +.*start files'
on nuc03 'cp /root/bashrc.good /root/.bashrc'
mended 'a login shell that prints without end'

# The lab knows the host keys, too, so the node puts them back by itself.
on nuc03 'cp -a /etc/ssh /root/ssh.good
    systemd-run -q --on-active=240 sh -c "cp -a /root/ssh.good/. /etc/ssh/; systemctl restart ssh"
    rm /etc/ssh/ssh_host_*; ssh-keygen -A >/dev/null; systemctl restart ssh'
# A connection that was made before would still be good, and is kept for a minute after each report.
options=--no-multiplex
found 'the host key changed' 3 '^unkn +host-key-changed +nuc03 ' host-key-changed 'fix +.*before you know why'
options=
eventually 500 'the host key changed: GO when it is mended' is_go

on nuc03 'systemctl poweroff' || true
found 'a node is off' '2|3' '^unkn +(no-route|timed-out|timeout) +nuc03 ' timed-out 'fix +.*power'
finish
