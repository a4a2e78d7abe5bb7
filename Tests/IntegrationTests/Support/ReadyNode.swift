/// What makes a tree a node on which only swap and modules are left to do: the files, and the record beside it.
enum ReadyNode {
    private static let units = [
        "containerd": "/usr/bin/containerd", "kubelet": "/usr/bin/kubelet", "ssh": "/usr/sbin/sshd -D",
        "systemd-timesyncd": "/usr/lib/systemd/systemd-timesyncd",
    ]
    /// What is run, of Kubernetes and of what kubeadm looks for.
    private static let programs =
        ["containerd", "kubeadm", "kubelet", "kubectl", "crictl", "ip", "mount", "nsenter", "socat", "touch"]
        .map { "usr/bin/\($0)" } + ["conntrack", "iptables", "ebtables", "ethtool", "tc"].map { "usr/sbin/\($0)" }
        + ["bridge", "host-local", "loopback", "portmap"].map { "opt/cni/bin/\($0)" }
    /// The options of a kernel that containers need.
    private static let options = [
        "NAMESPACES", "NET_NS", "PID_NS", "IPC_NS", "UTS_NS", "CGROUPS", "CGROUP_CPUACCT", "CGROUP_DEVICE",
        "CGROUP_FREEZER", "CGROUP_PIDS", "CGROUP_SCHED", "CPUSETS", "MEMCG", "INET", "EXT4_FS", "PROC_FS",
        "NETFILTER_XT_TARGET_REDIRECT", "NETFILTER_XT_MATCH_COMMENT", "FAIR_GROUP_SCHED", "OVERLAY_FS", "BLK_DEV_DM",
        "CFS_BANDWIDTH", "CGROUP_HUGETLB", "SECCOMP", "SECCOMP_FILTER",
    ]
    private static let tools = [
        "apt-transport-https", "curl", "ipvsadm", "wget", "conntrack", "socat", "ebtables", "ethtool", "openssh-server",
        "runc",
    ]

    /// The files, by their names beneath the root.
    static var files: [String: String] {
        var files = [
            "etc/hosts": "127.0.0.1 localhost\n",
            "etc/nsswitch.conf": "hosts: files dns\n",
            "etc/apt/sources.list.d/kubernetes.list":
                "deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] https://pkgs.k8s.io/core:/stable:/v1.28/deb/ /\n",
            "etc/apt/preferences.d/kubernetes":
                "Package: kubeadm kubelet kubectl\nPin: version 1.28.1-1.1\nPin-Priority: 990\n",
            "etc/sysctl.d/k8s.conf": "net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = 1\n"
                + "net.bridge.bridge-nf-call-ip6tables = 1\nfs.inotify.max_user_instances = 8192\n"
                + "fs.inotify.max_user_watches = 524288\n",
            "etc/containerd/config.toml": containerd,
            "etc/crictl.yaml": "runtime-endpoint: unix:///run/containerd/containerd.sock\n",
            "etc/ssh/sshd_config": "UsePAM yes\n",
            "etc/resolv.conf": "nameserver 192.168.1.1\n",
            "boot/config-\(Tree.kernel)": options.map { "CONFIG_\($0)=y\n" }.joined(),
            "sys/devices/system/cpu/online": "0-3\n",
            "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory hugetlb pids rdma misc\n",
            "var/lib/dpkg/status": status,
            "proc/net/route": "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
                + "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n",
            "proc/net/ipv6_route": "",
            "proc/net/tcp": "  sl  local_address rem_address   st\n   0: 00000000:0016 00000000:0000 0A\n",
            "proc/net/tcp6": "  sl  local_address rem_address   st\n",
            "proc/net/udp": "   sl  local_address rem_address   st\n",
            "proc/sys/net/ipv4/ip_forward": "1\n",
            "proc/sys/fs/inotify/max_user_instances": "8192\n",
            "proc/sys/fs/inotify/max_user_watches": "524288\n",
            "sys/module/vxlan/initstate": "live\n",
            "sys/module/nf_conntrack/initstate": "live\n",
            "sys/module/nf_tables/initstate": "live\n",
            "proc/sys/net/bridge/bridge-nf-call-iptables": "1\n",
            "proc/sys/net/bridge/bridge-nf-call-ip6tables": "1\n",
        ]
        for (name, program) in units {
            files["usr/lib/systemd/system/\(name).service"] = "[Service]\nExecStart=\(program)\n"
            // A record keeps a link as a file with its target.
            files["etc/systemd/system/multi-user.target.wants/\(name).service"] =
                "/usr/lib/systemd/system/\(name).service"
        }
        for program in programs { files[program] = "" }
        return files
    }

    /// What kubeadm config images list prints for v1.28.1, below registry.k8s.io.
    private static let images = [
        "kube-apiserver:v1.28.1", "kube-controller-manager:v1.28.1", "kube-scheduler:v1.28.1", "kube-proxy:v1.28.1",
        "coredns/coredns:v1.10.1", "pause:3.9", "etcd:3.5.9-0",
    ]

    /// What the machine answers where no file does; `addresses` are its own, and those of nodes that answer.
    static func record(addresses: [String], peers: [String]) -> String {
        var text = "now = 1790000000\naddresses = [\(addresses.map { "\"\($0)\"" }.joined(separator: ", "))]\n"
        text += "[hostnamed]\nabsent = true\n[clock]\nsynchronised = true\n[leases]\n[packet-filter]\nchains = []\n"
        text += "[rooms.\"/\"]\nmib = 240000\navailable-mib = 180000\n[packages]\npolicy = \"\"\n"
        text += "[runtime]\nserves = \"containerd 1.7.24\"\n"
        text += "[images]\nnames = [\(images.map { "\"registry.k8s.io/\($0)\"" }.joined(separator: ", "))]\n"
        for name in units.keys.sorted() {
            text += "[units.\"\(name).service\"]\nactive = \"active\"\nsub = \"running\"\nfile = \"enabled\"\n"
            text += "main-pid = 612\nstarted = 1789999900\nfragment = \"/usr/lib/systemd/system/\(name).service\"\n"
        }
        for address in peers {
            text += "[peers.\"\(address)\"]\ntcp = \"open\"\necho = \"open\"\nlost = 0\nround-trip-us = 300\n"
        }
        return text + "[times]\n\"/etc/containerd/config.toml\" = 1789990000\n"
    }

    private static let containerd = """
        version = 2
        [plugins."io.containerd.grpc.v1.cri"]
        sandbox_image = "registry.k8s.io/pause:3.9"
        [plugins."io.containerd.grpc.v1.cri".cni]
        bin_dir = "/opt/cni/bin"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
        runtime_type = "io.containerd.runc.v2"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = true

        """

    private static var status: String {
        let held = ["kubeadm", "kubelet", "kubectl"].map { stanza($0, "1.28.1-1.1", "hold") }
        return (tools.map { stanza($0, "1.0-1") } + [stanza("containerd", "1.7.24-1")] + held).joined()
    }

    private static func stanza(_ name: String, _ version: String, _ want: String = "install") -> String {
        "Package: \(name)\nStatus: \(want) ok installed\nArchitecture: amd64\nVersion: \(version)\n\n"
    }
}
