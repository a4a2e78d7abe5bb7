internal import NodeState

/// The cluster file that `init` writes: the packaged one, every key with its default as a comment, with some values set.
struct ClusterFile: Equatable, Sendable {
    /// `[cluster] name`; `nil` leaves the default.
    var name: String?
    var podNetworkCIDR: [String] = []
    var serviceCIDR: [String] = []
    var nodes: [Configuration.Node] = []
    /// `[fleet] user`.
    var user: String?
    /// Whether `[policy] mode` is `observe`.
    var isObserving = false

    /// The whole text.
    var text: String {
        Self.packaged.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
            switch line {
            case "#name = \"kubernetes\"": [Self.set("name", name, or: line)]
            case "#pod-network-cidr = \"10.244.0.0/16\"": [Self.set("pod-network-cidr", podNetworkCIDR, or: line)]
            case "#service-cidr = \"10.96.0.0/12\"": [Self.set("service-cidr", serviceCIDR, or: line)]
            case "#mode = \"enforce\"": [isObserving ? "mode = \"observe\"" : String(line)]
            case "#user = \"\"": [Self.set("user", user, or: line)]
            case "#role = \"worker\"": [String(line)] + nodes.flatMap(Self.lines)
            default: [String(line)]
            }
        }.joined(separator: "\n") + "\n"
    }

    private static func lines(_ node: Configuration.Node) -> [String] {
        [
            "", "[[nodes]]", "name = \"\(node.name)\"", "address = \"\(node.address)\"",
            "role = \"\(node.role.rawValue)\"",
        ]
    }

    private static func set(_ key: String, _ value: String?, or line: Substring) -> String {
        value.map { "\(key) = \"\($0)\"" } ?? String(line)
    }

    private static func set(_ key: String, _ values: [String], or line: Substring) -> String {
        switch values.count {
        case 0: String(line)
        case 1: "\(key) = \"\(values[0])\""
        default: "\(key) = [\(values.map { "\"\($0)\"" }.joined(separator: ", "))]"
        }
    }

    /// The file of the package, `etc/nucprep/nucprep.toml` of the sources, without its last line's end.
    static let packaged = """
        # The configuration of nucprep. It may be the same file on every node of a cluster: a node finds
        # its own entry by its address.
        #
        # Every key stands here with its default, as a comment. With nothing changed, nucprepd prepares
        # this one machine with the host name it has.
        #
        # Drop-ins, /etc/nucprep/conf.d/*.toml, are read after this file in the order of their names.
        # Tables merge key by key and lists replace each other; all [[nodes]], and all [[waivers]], come
        # from one file.
        #
        # An unknown key, a wrong type or an impossible value is an error that names file, line and
        # column. Judge a change before it takes effect:
        #
        #     nucprepd validate
        #
        # and let the daemon read it:
        #
        #     systemctl reload nucprepd
        #
        # What is required of a node, and why, says "nucprep explain". Keys marked "(later)" are decoded
        # and checked, and not acted upon yet. See nucprep.toml(5).

        [cluster]
        # The name in reports, and what identities are hashed with: letters, digits and hyphens.
        #name = "kubernetes"

        # The version that kubeadm init installs.
        #kubernetes-version = "1.28.1"

        # The exact Debian version of kubeadm, kubelet and kubectl.
        #package-version = "1.28.1-1.1"

        # The range of pod addresses, as in kubeadm's --pod-network-cidr; a list of two for dual stack.
        #pod-network-cidr = "10.244.0.0/16"

        # The range of service addresses; a list of two for dual stack.
        #service-cidr = "10.96.0.0/12"

        # What nodes call the API server; empty: the address of the control-plane node.
        #control-plane-endpoint = ""

        # One entry for each machine of the cluster. Without any, this machine stands alone, and only the
        # commands that ask other nodes have nothing to ask.
        #
        # name      a host name in lower case; required
        # address   the IPv4 or IPv6 address by which the other nodes reach it, and by which a node knows
        #           itself; required
        # role      "control-plane", for exactly one node, or "worker"; required
        # fqdn      one more name, for /etc/hosts
        # ssh       the target for ssh, when it is not the address (with [fleet] user)
        # hardware  the MAC address it must have; empty: any (later)
        #
        #[[nodes]]
        #name = "nuc01"
        #address = "192.168.50.11"
        #role = "control-plane"
        #fqdn = ""
        #ssh = ""
        #hardware = ""
        #
        #[[nodes]]
        #name = "nuc02"
        #address = "192.168.50.12"
        #role = "worker"

        # Only sensible in a drop-in on one machine, since it differs from machine to machine.
        [local]
        # The name of this machine's entry; empty: the entry whose address is on one of its interfaces.
        #node = ""

        [policy]
        # "enforce": what drifts is put right at once. "observe": look, plan and report, and change
        # nothing.
        #mode = "enforce"

        # Changes that weigh more are made only with consent, and never once the node belongs to a
        # cluster:
        #   restart   restart containerd when its configuration was changed
        #   packages  configure the repository, install packages, the exact versions of kubeadm and others
        #   network   download the repository's key and its lists
        #   cleanup   move CNI files of an earlier cluster to /var/lib/nucprep/aside, and delete its unused
        #             network links and its chains of the packet filter; remove Debian's line 127.0.1.1,
        #             when remove-loopback-name asks for it
        #   trial     start a pod sandbox once after each start of containerd, see it run, and remove it
        # [] gives none.
        #consent = ["restart", "packages", "network"]

        # Whether kubeadm, kubelet and kubectl that are newer than package-version may be downgraded.
        #allow-downgrade = false

        # How swap lines of /etc/fstab are disabled: "comment" puts "#" in front of them,
        # "noauto" adds that option, so that the line stays readable for other programs.
        #fstab-style = "comment"

        # Whether Debian's line 127.0.1.1 of /etc/hosts is removed; it needs the consent "cleanup".
        #remove-loopback-name = false

        [packages]
        # The repository of kubeadm, kubelet and kubectl; empty: the community's, for the minor version of
        # kubernetes-version, https://pkgs.k8s.io/core:/stable:/v1.28/deb/ . A mirror goes here.
        #repository = ""

        # Where the repository's key is; empty: Release.key under the repository.
        #key-url = ""

        # The fingerprint that key must have; the keyring must hold this key and no other.
        # A mirror that signs by itself brings its own.
        #key-fingerprint = "DE15B14486CD377B9E876E1A234654DA9A296436"

        # The packages a node of the cluster must have beside them.
        #prerequisites = [
        #    "apt-transport-https", "curl", "ipvsadm", "wget", "conntrack", "socat", "ebtables", "ethtool",
        #    "openssh-server",
        #]

        [modules]
        # The kernel modules that must be loaded, now and at every boot.
        #required = ["br_netfilter", "overlay"]

        # A table for each requirement that is to be treated otherwise than [policy] says; its id is as in
        # nucprep status.
        #
        #[requirements.swap-off]
        #mode = "observe"

        # A requirement that may stay unmet on purpose. It is reported as waived, as a warning, and never
        # hidden; nucprepd does not put it right while the waiver lasts.
        #
        # requirement  its id; required
        # nodes        names of nodes; [] for all of them
        # reason       why, in words; required
        # until        a date, after which the waiver is gone; required
        #
        #[[waivers]]
        #requirement = "swap-off"
        #nodes = ["nuc03"]
        #reason = "its kubelet runs with failSwapOn: false until the disk is replaced"
        #until = 2026-12-31

        [fleet]
        # The user that ssh logs in as on the other nodes; empty: what ssh chooses by itself.
        #user = ""

        # How many nodes are asked at a time; 1 to 128.
        #fanout = 32

        # The deadline of a whole report, in seconds, up to 3600; 0: by the number of nodes.
        #deadline-seconds = 15

        [api]
        # Members of this group may do what changes the node through the interface. (later: this release
        # has no such call)
        #operators-group = "nucprep"
        """
}
