#!/bin/bash
# A node that has joined is left alone: no name, no package, no file of containerd and no restart, whatever the configuration
# says from then on. What is harmless is still kept up.
# shellcheck disable=SC2016,SC2317  # what is quoted is for the node; what seems unreachable is called by name
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../lib/cluster.sh
source "$scenarios/../lib/cluster.sh"
# shellcheck source=../lib/independent.sh
source "$scenarios/../lib/independent.sh"

lifecycle_is() { on nuc01 'nucprep status --json' | grep -q "\"lifecycle\":\"$1\""; }
dearest() { photograph nuc01 /etc/hostname /etc/containerd /etc/kubernetes /var/lib/kubelet /var/lib/dpkg/status; }

must 'a bare node boots' lab up 1
cluster_configuration 1 >"$scratch/nucprep.toml"
configure "$scratch/nucprep.toml" cluster.toml nuc01
must 'the package installs' lab install nuc01
eventually 600 'every requirement is met' all_met nuc01
eventually 60 'the node is prepared' lifecycle_is prepared

# -- It joins: what kubeadm leaves behind
cat >"$scratch/join" <<'JOIN'
set -eu
umask 077
mkdir -p /etc/kubernetes/manifests /etc/kubernetes/pki /var/lib/kubelet/pki
cd /var/lib/kubelet/pki
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj '/O=system:nodes/CN=system:node:nuc01' \
    -keyout key -out certificate 2>/dev/null
cat certificate key >kubelet-client-2026-11-24-12-00-00.pem
ln -s /var/lib/kubelet/pki/kubelet-client-2026-11-24-12-00-00.pem kubelet-client-current.pem
cp certificate /etc/kubernetes/pki/ca.crt
rm certificate key
printf '%s\n' 'apiVersion: kubelet.config.k8s.io/v1beta1' 'kind: KubeletConfiguration' 'cgroupDriver: systemd' >/var/lib/kubelet/config.yaml
printf '%s\n' 'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/containerd/containerd.sock"' >/var/lib/kubelet/kubeadm-flags.env
printf '%s\n' 'apiVersion: v1' 'kind: Config' 'current-context: system:node:nuc01@lab' >/etc/kubernetes/kubelet.conf
JOIN
lab put nuc01 "$scratch/join" /root/join
must 'kubeadm joins it to a cluster, in a manner of speaking' on nuc01 'sh /root/join'
eventually 60 'the node is joined' lifecycle_is joined

# -- Everything else changes its mind: the configuration, and somebody with an editor
sed -e 's/^name = "nuc01"/name = "renamed"/' -e 's/^package-version = .*/package-version = "1.28.2-1.1"/' "$scratch/nucprep.toml" >"$scratch/other.toml"
configure "$scratch/other.toml" cluster.toml nuc01
expect 'a hand turns the cgroups of systemd off' on nuc01 \
    'sed -i "s/SystemdCgroup = true/SystemdCgroup = false/" /etc/containerd/config.toml && grep -q "SystemdCgroup = false" /etc/containerd/config.toml'
dearest >"$scratch/before"
expect 'the daemon takes the new configuration' on nuc01 'systemctl reload nucprepd'
eventually 120 'it sees that the packages are others' is unmet nuc01 package-versions
expect 'it starts again' look_again nuc01
eventually 120 'it still sees it' is unmet nuc01 package-versions
expect 'it sees that the containers would be on their own' open nuc01 containerd-systemd-cgroup
expect_output 'the plan tells what it will not do, and why' 'belongs to a cluster' on nuc01 'nucprep plan'
expect_output 'the status explains why the name stays' 'not renamed' on nuc01 'nucprep status'
expect_no_output_like 'and it will do nothing to what is dear by itself' '^(hostname|package-|prerequisite-|containerd-)' automatic_steps nuc01
expect_status 2 'the report is not GO' on nuc01 'nucprep report'
expect_output 'it names the file of containerd' 'containerd' on nuc01 'nucprep report'

# -- What is harmless is kept up
on nuc01 'modprobe -r br_netfilter'
eventually 60 'a module that somebody unloads is loaded again' on nuc01 'grep -q ^br_netfilter /proc/modules'
on nuc01 'sysctl -qw net.ipv4.ip_forward=0'
eventually 60 'a switch that somebody turns off is on again' on nuc01 'test "$(cat /proc/sys/net/ipv4/ip_forward)" = 1'

# -- Whoever calls himself kubeadm stops nothing; kubeadm does, is shown, and its end is an event
forwarding_off() { on nuc01 'sysctl -qw net.ipv4.ip_forward=0'; }
forwards() { on nuc01 'test "$(cat /proc/sys/net/ipv4/ip_forward)" = 1'; }
stopped_by() { on nuc01 'nucprep status --fresh --json' | grep -o '"stopped_by":[^}]*'; }
on nuc01 'cp /bin/sleep /var/tmp/kubeadm && chmod 0755 /var/tmp/kubeadm
    systemd-run -q --collect --unit=pretender --uid=nobody /var/tmp/kubeadm 900
    systemd-run -q --collect --unit=namesake /var/tmp/kubeadm 900
    systemd-run -q --collect --unit=contained unshare --pid --fork --mount-proc /var/tmp/kubeadm 900'
eventually 30 'three processes of that name run' on nuc01 'test "$(pgrep -cx kubeadm)" = 3'
forwarding_off
eventually 60 'processes that only have its name stop nothing: of a user, of root, of a pid namespace' forwards
expect_equal 'and are shown as no reason' '"stopped_by":null' "$(on nuc01 'nucprep status --fresh --json' | grep -o '"stopped_by":null')"
on nuc01 'cp /bin/sleep /usr/local/bin/kubeadm && systemd-run -q --collect --unit=genuine /usr/local/bin/kubeadm 900'
genuine=$(on nuc01 'systemctl show -p MainPID --value genuine')
eventually 60 'the one in the PATH of root is seen' eval 'stopped_by | grep -q "\"pid\":$genuine"'
forwarding_off
# Its lines are wrapped.
on nuc01 'nucprep status --fresh' | tr -s '[:space:]' ' ' >"$scratch/stopped" || true
expect_fails 'while it runs nothing is changed' forwards
expect_output 'the status says who stops it' "kubeadm is running \\(process $genuine\\)" cat "$scratch/stopped"
expect_output 'the journal as well, with its start' '^NUCPREP_SINCE=' on nuc01 'journalctl -t nucprepd -o export --output-fields=NUCPREP_SINCE,NUCPREP_STOPPED_BY'
on nuc01 'systemctl stop genuine'
eventually 60 'when it ends, that is an event' forwards
on nuc01 'systemctl kill -s KILL contained; systemctl stop pretender namesake contained; rm -f /usr/local/bin/kubeadm'

expect_equal 'no order of packages was given' '' "$(on nuc01 'journalctl -q --no-pager -u nucprep-provision --since "@$(stat -c %Y /etc/kubernetes/kubelet.conf)"')"
dearest >"$scratch/after"
expect 'name, containerd, kubelet, Kubernetes and packages are byte for byte as they were' diff "$scratch/before" "$scratch/after"
expect_equal 'the kernel has the name it had' nuc01 "$(on nuc01 'uname -n')"

# -- And after a reboot
must 'it reboots' lab reboot nuc01
eventually 120 'the daemon sees the packages again' is unmet nuc01 package-versions
dearest | grep -v -e ^MainPID -e ^ExecMain >"$scratch/rebooted"
expect 'everything is as it was' diff <(grep -v -e ^MainPID -e ^ExecMain "$scratch/before") "$scratch/rebooted"
expect_equal 'the name too' nuc01 "$(on nuc01 'uname -n')"
finish
