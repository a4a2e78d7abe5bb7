#!/bin/bash
# From what a course leaves behind to GO, from one chair: the address on a bridge of Open vSwitch, Docker with a container at
# work, a user with a sudo password. A team looks first and lets it act then, by init, deploy and report on the first node. The
# container survives all of it, and after a reboot the nodes are ready by themselves.
# shellcheck disable=SC2016,SC2317  # what is quoted is for the node; what seems unreachable is called by name
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../lib/cluster.sh
source "$scenarios/../lib/cluster.sh"
# shellcheck source=../lib/independent.sh
source "$scenarios/../lib/independent.sh"
# shellcheck source=../lib/person.sh
source "$scenarios/../lib/person.sh"

nodes=(nuc01 nuc02)
# These nodes are slow.
answer_seconds=3600

# as_gist NODE COMMANDS: in a login shell of the team's user there; `s` is sudo, which asks for the password.
as_gist() { on "$1" "runuser -l gist -c $(printf %q "s() { echo gist | sudo -S -p '' \"\$@\"; }; $2")"; }
# These nodes are slow, and nothing here is about speed.
is_go() { as_gist nuc01 'nucprep report --deadline 120 >/dev/null 2>&1'; }

# container NODE: what would be another if it had been started again.
container() { on "$1" 'docker inspect -f "{{.Id}} {{.State.StartedAt}} {{.State.Pid}} {{.State.Running}}" broker'; }
serves() { on "$1" "busybox wget -q -O - http://10.77.0.$((10 + 10#${1#nuc})):8888/busybox | cmp - /bin/busybox"; }

# others NODE: the files and packages of the earlier labs.
others() {
    on "$1" 'find /etc/network/interfaces /etc/docker /etc/ufw /etc/default/docker /etc/sudoers /etc/sudoers.d /home/gist/.ssh -type f -exec sha256sum {} + | sort -k 2
        dpkg-query -W docker-ce containerd.io openvswitch-switch ifupdown; dpkg-query -W containerd runc docker.io 2>/dev/null'
}

must 'two nodes of the course boot' lab up 2 --classroom
declare -A before
for node in "${nodes[@]}"; do
    before[$node]=$(container "$node")
    expect_output "$node: a container of Docker runs" ' true$' echo "${before[$node]}"
    others "$node" >"$scratch/$node.others" || true
done

# -- What the course leaves
expect_equal 'a machine has the name of its installer' nuc012 "$(on nuc02 'uname -n')"
expect_output 'its address is on br0' '^br0 .* 10\.77\.0\.12/24' on nuc02 'ip -br -4 address show'
expect_output 'which is a bridge of Open vSwitch' '^vec0$' on nuc02 'ovs-vsctl list-ports br0'
expect_output 'the kernel has its data path' '^openvswitch ' on nuc02 lsmod
expect_equal 'systemd-networkd is masked' masked "$(on nuc02 'systemctl is-enabled systemd-networkd' || true)"
expect_output 'swap is on' '^/swapfile +file' on nuc02 'swapon --noheadings'
expect_output 'containerd is of Docker' '^ii +containerd\.io ' on nuc02 'dpkg -l containerd.io'
expect 'without a CRI' on nuc02 'grep -qxF "disabled_plugins = [\"cri\"]" /etc/containerd/config.toml'
expect 'the container answers' serves nuc02
expect_different 'each bridge has a hardware address of its own' "$(on nuc01 'cat /sys/class/net/br0/address')" "$(on nuc02 'cat /sys/class/net/br0/address')"
expect_fails 'the user may do nothing without a password' as_gist nuc02 'sudo -n true'
expect 'and everything with it' as_gist nuc02 's true'

# -- One package, and three commands typed on nuc01
observe_only >"$scratch/observe.toml"
lab_only >"$scratch/lab.toml"
# The kernel of a lab node has the older iptables alone, whose rules the daemon cannot read.
for id in forward-policy leftover-rules; do
    printf '\n[[waivers]]\nrequirement = "%s"\nreason = "looked at with iptables-legacy -S"\nuntil = 2099-12-31\n' "$id" >>"$scratch/lab.toml"
done
configure "$scratch/observe.toml" observe.toml nuc01
configure "$scratch/lab.toml" lab.toml nuc01
put_package nuc01
must 'gist installs the package on nuc01' types 'sudo apt-get -q -y install ./nucprep.deb'
must 'init writes the cluster file' types 'sudo nucprep init --name lab5 nuc01=10.77.0.11 nuc02=10.77.0.12'
deploys 'deploy puts it on nuc02, and ends with what is wrong' 2 ''
said 'it installed the package' 'nuc02  installed nucprep .*, wrote the configuration'
said 'its last word is the verdict' '^NO-GO'

# -- What it says of them, before it acts
eventually 120 'the CRI is off' is unmet nuc01 containerd-cri-enabled
expect_output 'and the only cause in what is asked of it' '^images-available blocked ' verdicts nuc01 images-available
expect_output 'the name is another' 'hostname .* kernel-name' verdicts nuc02 hostname
expect_status 2 'the report of gist is NO-GO' as_gist nuc01 'nucprep report --deadline 120'
expect 'then it may act' as_gist nuc01 's rm /etc/nucprep/conf.d/observe.toml && s systemctl reload nucprepd'
deploys 'deploy tells nuc02, and stays up to the verdict' 0 ''
said 'it wrote the configuration alone' 'nuc02  wrote the configuration'
said 'one could watch what a node did' 'nuc0[12]  .*(install|restart|write|load)'
said 'its last word is GO' '^GO'
for node in "${nodes[@]}"; do
    eventually 1800 "$node: every requirement is met" all_met "$node"
done
eventually 300 'the report of gist is GO' is_go
becomes_its_command() { [[ $(as_gist nuc01 'nucprep preflight --deadline 120 -- echo ran 2>/dev/null') == ran ]]; }
eventually 300 'preflight becomes its command' becomes_its_command
expect_ready nuc02 "${nodes[@]}"
for node in "${nodes[@]}"; do
    expect "$node: containerd was started again" on "$node" 'journalctl -t nucprepd | grep -q "restart containerd.service"'
    expect_equal "$node: the container of Docker is the same and was not started again" "${before[$node]}" "$(container "$node")"
    expect "$node: it answers" serves "$node"
    expect_equal "$node: Docker reaches it through the new containerd" inside "$(on "$node" 'docker exec broker /bin/busybox echo inside')"
    expect "$node: what belongs to the other labs is as it was" diff "$scratch/$node.others" <(others "$node" || true)
done
expect_output 'the names of other labs are kept' '^127\.0\.1\.1[[:space:]]nuc012$' on nuc02 'cat /etc/hosts'
expect_no_output_like 'sudo finds the host by its new name' 'unable to resolve' as_gist nuc02 's true'

# -- The next boot
must 'both reboot' at_once reboot "${nodes[@]}"
for node in "${nodes[@]}"; do
    eventually 900 "$node: every requirement is met and proven" all_proven "$node"
    expect_no_output_like "$node: the daemon had nothing to put right" 'fixed' on "$node" \
        'journalctl -b -t nucprepd -o export --output-fields=NUCPREP_TYPE'
done
eventually 300 'the report is GO again' is_go
expect_output 'the bridge has its address' '^br0 .* 10\.77\.0\.12/24' on nuc02 'ip -br -4 address show'
expect_output 'Docker starts its container again when asked' '^broker$' on nuc02 'docker start broker'
expect 'and it answers' serves nuc02
finish
