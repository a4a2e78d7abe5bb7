# shellcheck shell=bash
# What other programs than ours say of a node that ours calls ready. For scenarios: it states expectations.
# shellcheck disable=SC2016  # what is quoted is for the node

# versions NODE: name, version and state of the three packages.
versions() { on "$1" "dpkg-query -W -f '\${Package} \${Version} \${db:Status-Abbrev}\n' kubeadm kubectl kubelet"; }

held_at() { printf '%s %s hi \n' kubeadm "$1" kubectl "$1" kubelet "$1"; }

# What containerd makes of its files: the runtime's cgroups are systemd's, and it is a runtime at all.
dump_is_right() {
    on "$1" 'containerd config dump | awk '\''
        /^ *\[/ { table = $0 }
        table ~ /containerd\.runtimes\.runc\.options\]/ && $1 == "SystemdCgroup" && $3 == "true" { cgroup = 1 }
        table ~ /containerd\.runtimes\.runc\]/ && $1 == "runtime_type" && $3 ~ /io\.containerd\.runc\.v2/ { type = 1 }
        END { exit !(cgroup && type) }'\'
}

# expect_ready NODE NODE...: the first node, by everybody else's word; the rest are all nodes of the cluster.
expect_ready() {
    local node=$1 peer command
    shift
    expect_equal "$node: hostnamectl says so" "$node" "$(on "$node" 'hostnamectl --static')"
    expect_equal "$node: the kernel says so" "$node" "$(on "$node" 'uname -n')"
    for peer in "$@"; do
        expect_output "$node: getent finds $peer" "^10\.77\.0\.$((10 + 10#${peer#nuc}))[[:space:]]" on "$node" "getent ahostsv4 $peer"
        [[ $peer == "$node" ]] || expect "$node: ping reaches $peer" on "$node" "ping -c 1 -W 10 -q $peer"
    done
    expect_equal "$node: no swap is on" '' "$(on "$node" 'swapon --noheadings')"
    expect_equal "$node: findmnt finds none in fstab" '' "$(on "$node" 'findmnt --fstab -n -t swap' || true)"
    expect_output "$node: lsmod shows br_netfilter" '^br_netfilter ' on "$node" lsmod
    expect "$node: overlay is there" on "$node" 'grep -qw overlay /proc/filesystems'
    expect_equal "$node: sysctl reads the three switches as on" '1 1 1' "$(on "$node" \
        'sysctl -n net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables net.ipv4.ip_forward | paste -sd" "')"
    expect_equal "$node: dpkg has the three at $wanted_version, held" "$(held_at "$wanted_version")" "$(versions "$node")"
    expect_equal "$node: apt-mark shows them held" 'kubeadm kubectl kubelet' "$(on "$node" 'apt-mark showhold | sort | paste -sd" "')"
    for command in kubeadm kubectl kubelet; do
        expect_output "$node: apt would take exactly this $command" "Candidate: ${wanted_version//./\\.}\$" on "$node" "apt-cache policy $command"
    done
    expect "$node: every tool is in PATH" on "$node" \
        'for tool in curl wget ipvsadm conntrack socat ebtables ethtool crictl; do command -v "$tool" || exit; done'
    expect "$node: containerd and ssh run and start at boot" on "$node" 'systemctl is-active containerd ssh && systemctl is-enabled containerd ssh'
    expect "$node: containerd reads its files that way" dump_is_right "$node"
    expect "$node: and reads them again on every start: the process is newer than the file" on "$node" \
        'test "$(date -d "$(systemctl show -p ExecMainStartTimestamp --value containerd)" +%s)" -ge "$(stat -c %Y /etc/containerd/config.toml)"'
    expect_output "$node: its CRI is there" '^io\.containerd\.grpc\.v1 +cri .* ok' on "$node" 'ctr plugins ls'
}
