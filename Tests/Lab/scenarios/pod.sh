#!/bin/bash
# A pod gets a network: on a node as Debian ships containerd a sandbox is refused, since the CNI plugins lie in /opt/cni/bin
# alone; once nucprepd has prepared the node it gets an address.
# Usage: pod.sh [SUITE]
# shellcheck disable=SC2016,SC2317  # what is quoted is for the node; what seems unreachable is called by name
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../lib/cluster.sh
source "$scenarios/../lib/cluster.sh"

suite=${1:-bookworm}
node=nuc01

# start_sandbox: through the CRI of the node, by a client that is not ours.
start_sandbox() { "$scenarios/../lib/sandbox" start "$scenarios/../lab" ssh "$node" socat - UNIX-CONNECT:/run/containerd/containerd.sock; }

# put_plugins: Debian's build of the plugins, in the place of kubernetes-cni's and nowhere else.
put_plugins() { on "$node" 'mkdir -p /opt/cni/bin && cp /root/cni/* /opt/cni/bin/'; }

must "a bare node of $suite boots" lab up 1 --suite "$suite"
must 'Debian has plugins to take' on "$node" 'export DEBIAN_FRONTEND=noninteractive; apt-get -q update && apt-get -q -y install containernetworking-plugins socat &&
    cp -r /usr/lib/cni /root/cni && apt-get -q -y purge containernetworking-plugins && ! test -e /usr/lib/cni/bridge'
must 'they lie in /opt/cni/bin alone' put_plugins
name=$(on "$node" 'containerd config dump' | sed -nE "s/^ *(sandbox_image|sandbox) = ['\"]([^'\"]+)['\"]$/\2/p" | head -n 1)
must 'there is an image for sandboxes' "$scenarios/../lib/sandbox" image "$name" "$scratch/pause.tar"
must 'it comes to the node' lab put "$node" "$scratch/pause.tar" /root/pause.tar
must 'containerd takes it' on "$node" "ctr -n k8s.io images import /root/pause.tar && ctr -n k8s.io images ls -q | grep -qxF $name"
must 'a network is configured' on "$node" 'mkdir -p /etc/cni/net.d && echo "nameserver 10.77.0.1" >/etc/resolv.conf && cat >/etc/cni/net.d/10-lab.conflist <<"END"
{ "cniVersion": "0.4.0", "name": "lab", "plugins": [
  { "type": "bridge", "bridge": "cni0", "isGateway": true,
    "ipam": { "type": "host-local", "ranges": [[{ "subnet": "10.244.0.0/24" }]], "routes": [{ "dst": "0.0.0.0/0" }] } } ] }
END'

# -- As Debian ships it
expect_fails 'a sandbox is refused' start_sandbox
expect_output 'since containerd looks in the wrong directory' 'failed to find plugin .+ in path \[/usr/lib/cni\]' on "$node" \
    'journalctl -u containerd --no-pager | tr -d "\\\\"'

# -- As nucprepd leaves it
cluster_configuration 1 >"$scratch/cluster.toml"
for id in leftover-cni leftover-links; do
    printf '\n[[waivers]]\nrequirement = "%s"\nreason = "the network of the sandbox"\nuntil = 2099-12-31\n' "$id" >>"$scratch/cluster.toml"
done
configure "$scratch/cluster.toml" cluster.toml "$node"
must 'the package installs' lab install "$node"
eventually 900 'every requirement is met' all_met "$node"
expect_output 'the directory is searched' '^cni-binaries met met' verdicts "$node" cni-binaries
expect_output 'containerd reads it so' 'bin_dirs? = .*/opt/cni/bin' on "$node" 'containerd config dump | grep -E "^ *bin_dirs? ="'
expect 'the other settings are as Debian ships them' on "$node" \
    'grep -qF "conf_dir = \"/etc/cni/net.d\"" /etc/containerd/config.toml && grep -qF "path = \"/var/lib/containerd/opt\"" /etc/containerd/config.toml'
# The packages' stand-ins have brought files of these names.
must 'the plugins are real ones' put_plugins
# Of a sandbox that was refused the record stays until the kubelet clears it away.
left=$(on "$node" 'ctr -n k8s.io containers ls -q')
expect_output 'a sandbox gets an address' '^sandbox [0-9a-f]+ address 10\.244\.0\.[0-9]+$' start_sandbox
expect_equal 'and nothing is left of it' "$left" "$(on "$node" 'ctr -n k8s.io containers ls -q')"

# -- As nucprepd sees for itself, once it is asked to
slice_is_gone() { on "$node" 'test ! -e /sys/fs/cgroup/kubepods.slice'; }
tried() { on "$node" "journalctl -t nucprepd | grep -c 'start a pod sandbox'"; }
trial_is() { [[ $(verdicts "$node" pod-sandbox-starts) == "pod-sandbox-starts $1 "* ]] || { verdicts "$node" pod-sandbox-starts --findings; return 1; }; }
on "$node" 'systemctl stop kubepods.slice 2>/dev/null || true'
expect 'without consent nothing was tried' trial_is 'not_applicable not_applicable'
expect_output 'and the report says so' 'not tried: whether a pod sandbox starts on nuc01' on "$node" 'nucprep report'
expect_status 77 'a user may not have it tried' on "$node" 'setpriv --reuid nobody --regid nogroup --clear-groups nucprep preflight --trial --quiet'
expect_output 'preflight --trial starts one and goes on' '^GO' on "$node" 'nucprep preflight --trial'
expect_output 'it ran below kubepods.slice, and one got an address' \
    'a sandbox ran in /kubepods\.slice/cri-containerd-[0-9a-f]+\.scope, another had the address 10\.244\.0\.[0-9]+' verdicts "$node" --findings pod-sandbox-starts
expect_equal 'nothing is left of them' "$left" "$(on "$node" 'ctr -n k8s.io containers ls -q')"
expect 'nor of the slice' slice_is_gone
expect_no_output_like 'the report has nothing untried any more' 'not tried' on "$node" 'nucprep report'
on "$node" 'ctr -n k8s.io images ls -q >/root/images && xargs -r ctr -n k8s.io images rm --sync </root/images >/dev/null && systemctl restart containerd'
printf '[policy]\nconsent = ["restart", "packages", "network", "trial"]\n' >"$scratch/trial.toml"
configure "$scratch/trial.toml" trial.toml "$node"
on "$node" 'systemctl reload nucprepd'
eventually 300 'with consent it is tried anew after the start of containerd, and the missing image is told' trial_is 'unknown not_applicable'
expect_output 'with the command that fetches it' "images pull $name" on "$node" 'nucprep status --json'
expect_output 'and the node is not GO' '^INCOMPLETE' on "$node" 'nucprep report'
on "$node" 'ctr -n k8s.io images import /root/pause.tar >/dev/null'
became_met() { on "$node" 'nucprep status --fresh --json >/dev/null' && trial_is 'met not_applicable'; }
eventually 300 'once the image is there, it is met' became_met

# -- Killed in the middle, it leaves nothing either
killed() {
    on "$node" 'for _ in $(seq 3000); do
        if test -e /var/lib/nucprep/pod-sandbox-open; then sleep 0.5; systemctl kill -s KILL nucprepd; exit; fi
        sleep 0.02
    done; exit 1'
}
on "$node" 'rm -f /run/nucprep/pod-sandbox; systemctl --no-block restart nucprepd'
expect 'the daemon is killed while it tries' killed
eventually 300 'the next one sweeps and tries again' became_met
expect_equal 'and nothing is left' "$left" "$(on "$node" 'ctr -n k8s.io containers ls -q')"
expect 'no mark is left' on "$node" 'test ! -e /var/lib/nucprep/pod-sandbox-open'

# -- And stays so
must 'the node loses power' lab cut "$node"
eventually 300 'every requirement is met again' all_met "$node"
expect_output 'a sandbox gets an address after the boot' '^sandbox [0-9a-f]+ address 10\.244\.0\.[0-9]+$' start_sandbox
on "$node" 'sed -i "s|/opt/cni/bin|/usr/lib/cni|" /etc/containerd/config.toml'
eventually 300 'who takes the directory away finds it back, and containerd started with it' all_met "$node"
expect_output 'a sandbox gets an address still' '^sandbox [0-9a-f]+ address 10\.244\.0\.[0-9]+$' start_sandbox
finish
