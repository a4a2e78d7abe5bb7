/// Where a value of the configuration stands.
package struct Origin: Hashable, Sendable, CustomStringConvertible {
    /// The file, as it was opened; empty for a default.
    package var file: String
    /// The line, counted from 1; 0 for a default.
    package var line: Int

    /// The place `line` of `file`.
    package init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    /// The origin of a value that no file names.
    package static let builtIn = Origin(file: "", line: 0)

    package var description: String { line == 0 ? "default" : "\(file):\(line)" }
}

/// Whether the daemon acts or only tells.
package enum Mode: String, Sendable {
    /// Put right what has drifted.
    case enforce
    /// Plan and report, and change nothing.
    case observe
}

/// What a configuration asks for, decoded whole; every value has a default.
package struct Configuration: Equatable, Sendable {
    /// `[cluster]`.
    package struct Cluster: Equatable, Sendable {
        package var name = "kubernetes"
        package var kubernetesVersion = "1.28.1"
        package var packageVersion = "1.28.1-1.1"
        package var podNetworkCIDR = ["10.244.0.0/16"]
        package var serviceCIDR = ["10.96.0.0/12"]
        /// Empty: the address of the control-plane node.
        package var controlPlaneEndpoint = ""

        /// The defaults.
        package init() {}
    }

    /// What a node does in the cluster.
    package enum Role: String, Sendable {
        case controlPlane = "control-plane"
        case worker
    }

    /// One entry of `[[nodes]]`.
    package struct Node: Equatable, Sendable {
        package var name: String
        /// The address that peers use, in canonical form; how a node recognises itself.
        package var address: String
        package var role: Role
        package var fqdn = ""
        /// The target for ssh; empty: `user@address`.
        package var ssh = ""
        /// A MAC address that must match, or empty.
        package var hardware = ""
        package var origin: Origin

        /// The node `name` at `address`.
        package init(name: String, address: String, role: Role, origin: Origin = .builtIn) {
            self.name = name
            self.address = address
            self.role = role
            self.origin = origin
        }
    }

    /// How swap lines of /etc/fstab are taken out of force.
    package enum FstabStyle: String, Sendable {
        case comment, noauto
    }

    /// A kind of change of class A3 that the operator agrees to.
    package enum Consent: String, Sendable, CaseIterable {
        case restart, packages, network, cleanup, trial
    }

    /// `[packages]`.
    package struct Packages: Equatable, Sendable {
        /// Empty: the community repository of the minor of `kubernetes-version`.
        package var repository = ""
        package var keyURL = ""
        package var keyFingerprint = "DE15B14486CD377B9E876E1A234654DA9A296436"
        package var prerequisites = [
            "apt-transport-https", "curl", "ipvsadm", "wget", "conntrack", "socat", "ebtables", "ethtool",
            "openssh-server",
        ]

        /// The defaults.
        package init() {}
    }

    /// `[fleet]`.
    package struct Fleet: Equatable, Sendable {
        /// The user for ssh; empty: ssh's own choice.
        package var user = ""
        package var fanout = 32
        /// The deadline of a whole report; 0: by the number of nodes.
        package var deadlineSeconds = 15

        /// The defaults.
        package init() {}
    }

    package var cluster = Cluster()
    package var nodes: [Node] = []
    /// `[local] node`: the name of this machine's entry; empty: recognised by address.
    package var localNode = ""
    package var mode = Mode.enforce
    package var consent: [Consent] = [.restart, .packages, .network]
    package var allowDowngrade = false
    package var fstabStyle = FstabStyle.comment
    package var removeLoopbackName = false
    package var packages = Packages()
    /// The kernel modules that must be loaded, in the order of loading.
    package var requiredModules = ["br_netfilter", "overlay"]
    /// `[requirements.ID] mode`.
    package var requirementModes: [RequirementID: Mode] = [:]
    package var waivers: [Waiver] = []
    package var fleet = Fleet()
    package var operatorsGroup = "nucprep"

    /// The configuration of an empty file: one machine, prepared as it is.
    package init() {}

    /// Whether the daemon may act for `requirement`.
    package func mode(for requirement: RequirementID) -> Mode {
        mode == .observe ? .observe : requirementModes[requirement] ?? .enforce
    }
}
