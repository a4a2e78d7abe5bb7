"""A tree that looks like a node on which every requirement is met, with files of the size that real nodes have.

What is no file stands beside it in machine.toml. So one look goes through every requirement to its end, and none stops at
the first thing that is missing."""

import shutil
import subprocess

from scratch import FILES, make_root

NODES = [("nuc01", "control-plane"), ("nuc02", "worker"), ("nuc03", "worker")]
VERSION = "1.28.1-1.1"
REPOSITORY = "http://10.77.0.1/kubernetes/"
NOW = 1795500000
# What `kubeadm config images list` prints for v1.28.1, below registry.k8s.io.
IMAGES = ["kube-apiserver:v1.28.1", "kube-controller-manager:v1.28.1", "kube-scheduler:v1.28.1", "kube-proxy:v1.28.1",
          "coredns/coredns:v1.10.1", "pause:3.9", "etcd:3.5.9-0"]
PROGRAMS = ["containerd", "kubeadm", "kubelet", "kubectl", "crictl", "ip", "mount", "nsenter", "socat", "touch"]
OPTIONS = (
    "NAMESPACES NET_NS PID_NS IPC_NS UTS_NS CGROUPS CGROUP_CPUACCT CGROUP_DEVICE CGROUP_FREEZER CGROUP_PIDS CGROUP_SCHED "
    "CPUSETS MEMCG INET EXT4_FS PROC_FS NETFILTER_XT_TARGET_REDIRECT NETFILTER_XT_MATCH_COMMENT FAIR_GROUP_SCHED "
    "OVERLAY_FS BLK_DEV_DM CFS_BANDWIDTH CGROUP_HUGETLB SECCOMP SECCOMP_FILTER").split()


def _status():
    """As many packages as a small server has, each with the fields that dpkg keeps."""
    def stanza(name, version, want="install"):
        return (
            f"Package: {name}\nStatus: {want} ok installed\nPriority: optional\nSection: admin\nInstalled-Size: 640\n"
            f"Maintainer: Somebody <somebody@example.org>\nArchitecture: amd64\nVersion: {version}\n"
            f"Depends: libc6 (>= 2.34), lib{name}1 (= {version})\nDescription: the package {name}\n"
            + "".join(f" Line {line} of what it is, as long as such lines are in a package of Debian.\n" for line in range(8))
            + "Homepage: https://example.org/\n\n")
    names = [(f"filler{number:04}", "1.2.3-4") for number in range(900)]
    tools = ["apt-transport-https", "curl", "ipvsadm", "wget", "conntrack", "socat", "ebtables", "ethtool",
             "openssh-server", "runc"]
    names += [(name, "1:1.0-1") for name in tools] + [("containerd", "1.7.24~ds1-6"), ("kubernetes-cni", "1.2.0-2.1")]
    held = [stanza(name, VERSION, "hold") for name in ("kubeadm", "kubelet", "kubectl")]
    return "".join([stanza(*name) for name in names] + held)


def _key(folder):
    """A signing key made for this run; the fingerprint and its public part, or nothing without gpg."""
    gpg = shutil.which("gpg")
    if not gpg:
        return "", b""
    home = folder / "gnupg"
    home.mkdir(mode=0o700)
    run = [gpg, "--homedir", str(home), "--batch", "--quiet", "--passphrase", ""]
    subprocess.run([*run, "--quick-generate-key", "bench@example.org", "rsa2048", "sign", "2y"], check=True,
                   stderr=subprocess.DEVNULL)
    listing = subprocess.run([*run, "--list-keys", "--with-colons"], check=True, capture_output=True, text=True).stdout
    fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))
    public = subprocess.run([*run, "--export"], check=True, capture_output=True).stdout
    if shutil.which("gpgconf"):
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, stderr=subprocess.DEVNULL)
    return fingerprint, public


CONTAINERD = """version = 2
root = "/var/lib/containerd"
state = "/run/containerd"

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    sandbox_image = "registry.k8s.io/pause:3.9"
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/opt/cni/bin"
      conf_dir = "/etc/cni/net.d"
    [plugins."io.containerd.grpc.v1.cri".containerd]
      default_runtime_name = "runc"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
        runtime_type = "io.containerd.runc.v2"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
          SystemdCgroup = true
"""


def _policy():
    text = ""
    for name in ("kubeadm", "kubelet", "kubectl"):
        text += (f"{name}:\n  Installed: {VERSION}\n  Candidate: {VERSION}\n  Version table:\n"
                 f"     1.29.0-1.1 500\n        500 {REPOSITORY}  Packages\n"
                 f" *** {VERSION} 990\n        500 {REPOSITORY}  Packages\n        100 /var/lib/dpkg/status\n")
    return text


def make_prepared(folder):
    """Lays the tree out below `folder`, its record beside it; returns the root."""
    root = make_root(folder)
    fingerprint, key = _key(folder)
    nodes = "".join(
        f'[[nodes]]\nname = "{name}"\naddress = "10.77.0.{11 + index}"\nrole = "{role}"\n\n'
        for index, (name, role) in enumerate(NODES))
    packages = f'[packages]\nrepository = "{REPOSITORY}"\n'
    packages += f'key-fingerprint = "{fingerprint}"\n' if fingerprint else ""
    machine_id = "3f0c9a2e5b7d4c61a8e2f09d1b6c7e55"
    switches = ["net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables", "net.bridge.bridge-nf-call-ip6tables"]
    files = {
        "etc/nucprep/nucprep.toml": packages + "\n" + nodes,
        "etc/fstab": FILES["etc/fstab"].replace("/swap.img", "#/swap.img"),
        "run/udev/data/b8:2": FILES["run/udev/data/b8:1"],
        "etc/hostname": "nuc01\n",
        "etc/machine-id": machine_id + "\n",
        "etc/hosts": "127.0.0.1\tlocalhost\n127.0.1.1\tnuc01\n"
        + "".join(f"192.168.7.{number}\tprinter{number}\n" for number in range(1, 60))
        + "".join(f"10.77.0.{11 + index}\t{name}\n" for index, (name, _) in enumerate(NODES)),
        "etc/nsswitch.conf": "passwd: files systemd\ngroup: files systemd\nhosts: files dns\n",
        "etc/modules-load.d/k8s.conf": "overlay\nbr_netfilter\n",
        "etc/sysctl.d/k8s.conf": "".join(f"{switch} = 1\n" for switch in switches)
        + "fs.inotify.max_user_instances = 8192\nfs.inotify.max_user_watches = 524288\n",
        "usr/lib/systemd/system/containerd.service":
            "[Service]\nExecStart=/usr/bin/containerd\n\n[Install]\nWantedBy=multi-user.target\n",
        "usr/lib/systemd/system/ssh.service": "[Service]\nExecStart=/usr/sbin/sshd -D\n",
        "usr/lib/systemd/system/kubelet.service":
            "[Service]\nExecStart=/usr/bin/kubelet\n\n[Install]\nWantedBy=multi-user.target\n",
        "usr/lib/systemd/system/systemd-timesyncd.service":
            "[Service]\nExecStart=/usr/lib/systemd/systemd-timesyncd\n\n[Install]\nWantedBy=multi-user.target\n",
        "usr/lib/systemd/systemd-timesyncd": "",
        **{f"usr/bin/{name}": "" for name in PROGRAMS},
        **{f"usr/sbin/{name}": "" for name in ("conntrack", "iptables", "ebtables", "ethtool", "tc")},
        **{f"opt/cni/bin/{name}": "" for name in ("bridge", "host-local", "loopback", "portmap")},
        "etc/resolv.conf": "nameserver 10.77.0.1\n",
        "boot/config-6.1.0-28-amd64": "".join(f"CONFIG_{name}=y\n" for name in OPTIONS),
        "sys/devices/system/cpu/online": "0-3\n",
        "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory hugetlb pids rdma misc\n",
        "etc/containerd/config.toml": CONTAINERD,
        "etc/crictl.yaml": "runtime-endpoint: unix:///run/containerd/containerd.sock\n",
        "etc/ssh/sshd_config": "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n",
        "etc/ssh/ssh_host_ed25519_key.pub": "ssh-ed25519 AAAA bench\n",
        "etc/apt/sources.list": "deb http://deb.example.org/debian bookworm main\n",
        "etc/apt/sources.list.d/kubernetes.list":
            f"deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] {REPOSITORY} /\n",
        "etc/apt/preferences.d/kubernetes":
            f"Package: kubeadm kubelet kubectl\nPin: version {VERSION}\nPin-Priority: 990\n",
        "etc/apt/apt.conf.d/01autoremove": "APT { NeverAutoRemove { \"^firmware-linux.*\"; }; };\n",
        "etc/apt/apt.conf.d/70debconf": "DPkg::Pre-Install-Pkgs {\"/usr/sbin/dpkg-preconfigure --apt || true\";};\n",
        "var/lib/dpkg/status": _status(),
        "proc/net/route": "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t01004D0A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n",
        "proc/net/ipv6_route": "",
        "proc/net/tcp": "  sl  local_address rem_address   st\n   0: 00000000:0016 00000000:0000 0A\n",
        "proc/net/tcp6": "  sl  local_address rem_address   st\n",
        "proc/net/udp": "   sl  local_address rem_address   st\n",
        "proc/612/limits": "Limit                     Soft Limit           Hard Limit           Units\n"
        "Max open files            1048576              1048576              files\n",
        "proc/sys/fs/inotify/max_user_instances": "8192\n",
        "proc/sys/fs/inotify/max_user_watches": "524288\n",
        "proc/sys/net/ipv4/conf/all/rp_filter": "0\n",
        "proc/sys/net/ipv4/conf/default/rp_filter": "0\n",
        "proc/sys/net/ipv4/conf/eth0/rp_filter": "0\n",
        "proc/sys/kernel/hostname": "nuc01\n",
        "proc/sys/net/ipv4/ip_forward": "1\n",
        "proc/sys/net/bridge/bridge-nf-call-iptables": "1\n",
        "proc/sys/net/bridge/bridge-nf-call-ip6tables": "1\n",
        **{f"sys/module/{name}/initstate": "live\n" for name in ("overlay", "vxlan", "nf_conntrack", "nf_tables")},
        "sys/module/br_netfilter/initstate": "live\n",
    }
    for number in range(10):
        files[f"usr/lib/sysctl.d/{number}0-site.conf"] = "".join(
            f"net.core.filler{number}{line} = {line}\n" for line in range(30))
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    keyring = root / "etc/apt/keyrings/kubernetes-apt-keyring.gpg"
    keyring.parent.mkdir(parents=True, exist_ok=True)
    keyring.write_bytes(key)
    lists = root / "var/lib/apt/lists"
    lists.mkdir(parents=True, exist_ok=True)
    (lists / "10.77.0.1_kubernetes_InRelease").write_text("")
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    for unit in ("containerd.service", "kubelet.service", "ssh.service", "systemd-timesyncd.service"):
        (wants / unit).symlink_to(f"/usr/lib/systemd/system/{unit}")
    (folder / "machine.toml").write_text(_record())
    return root


def _record():
    units = "".join(
        f'[units."{unit}"]\nactive = "active"\nsub = "running"\nfile = "enabled"\nmain-pid = {pid}\n'
        f'fragment = "/usr/lib/systemd/system/{unit}"\nstarted = {NOW - 100}\n\n'
        for unit, pid in (("containerd.service", 612), ("kubelet.service", 614), ("ssh.service", 613),
                          ("systemd-timesyncd.service", 615)))
    peers = "".join(
        f'[peers."10.77.0.{12 + index}"]\ntcp = "open"\necho = "open"\nlost = 0\nround-trip-us = 300\n\n'
        for index in range(2))
    images = ", ".join(f'"registry.k8s.io/{name}"' for name in IMAGES)
    return (
        f'now = {NOW}\naddresses = ["10.77.0.11"]\n\n[hostnamed]\nstatic = "nuc01"\nname = "nuc01"\n\n'
        f'{units}[packages]\npolicy = """\n{_policy()}"""\n\n[runtime]\nserves = "containerd 1.7.24"\n\n{peers}'
        '[clock]\nsynchronised = true\n\n[leases]\n\n[packet-filter]\nchains = []\n\n'
        '[rooms."/"]\nmib = 240000\navailable-mib = 180000\n\n'
        f'[images]\nnames = [{images}]\n\n'
        f'[times]\n"/etc/containerd/config.toml" = {NOW - 1000}\n')
