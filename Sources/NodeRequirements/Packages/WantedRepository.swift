internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The repository that the configuration wants the cluster's packages from, with its key.
struct WantedRepository: Equatable, Sendable {
    /// The packages that must come from it.
    static let packages = ["kubeadm", "kubelet", "kubectl"]
    /// The list that is written where no entry serves.
    static let list: FilePath = "/etc/apt/sources.list.d/kubernetes.list"
    /// The keyring that is fetched where no entry names another.
    static let keyring: FilePath = "/etc/apt/keyrings/kubernetes-apt-keyring.gpg"

    /// With a slash at its end.
    let address: String
    let keyAddress: String
    /// 40 upper-case hexadecimal digits.
    let fingerprint: String
    /// Major and minor, such as `1.28`.
    let minor: String
    /// The exact version of the packages.
    let version: String

    /// What `[packages]` and `[cluster]` say.
    ///
    /// - Source: kubernetes.io, "pkgs.k8s.io: Introducing Kubernetes Community-Owned Package Repositories".
    init(_ configuration: Configuration) {
        minor = configuration.cluster.kubernetesVersion.split(separator: ".").prefix(2).joined(separator: ".")
        version = configuration.cluster.packageVersion
        let named = configuration.packages.repository
        let address = named.isEmpty ? "https://pkgs.k8s.io/core:/stable:/v\(minor)/deb/" : named
        self.address = address.hasSuffix("/") ? address : address + "/"
        let key = configuration.packages.keyURL
        keyAddress = key.isEmpty ? self.address + "Release.key" : key
        fingerprint = configuration.packages.keyFingerprint.filter { $0 != " " }.uppercased()
    }

    /// The host in its address.
    var host: String { Self.host(of: address) }

    /// The line of sources.list(5) that serves.
    var line: String { "deb [signed-by=\(Self.keyring)] \(address) /" }

    /// What an entry of apt's sources is to the cluster.
    enum Bearing: Hashable, Sendable {
        /// The wanted repository.
        case wanted
        /// The community repository of another minor.
        case otherMinor(String)
        /// A repository that is gone.
        case legacy
        /// Something else.
        case none
    }

    /// What one address with its suites is.
    func bearing(of address: String, suites: [String]) -> Bearing {
        if address == self.address, suites.contains("/") || suites.contains("./") { return .wanted }
        let host = Self.host(of: address)
        if host == "apt.kubernetes.io" { return .legacy }
        if host == "packages.cloud.google.com", suites.contains(where: { $0.hasPrefix("kubernetes-") }) {
            return .legacy
        }
        guard host == "pkgs.k8s.io", let end = Self.after("/core:/stable:/v", in: address) else { return .none }
        let minor = String(end.prefix { $0 != "/" })
        return minor == self.minor ? .none : .otherMinor(minor)
    }

    private static func after(_ part: String, in text: String) -> Substring? {
        text.indices.lazy.map { text[$0...] }.first { $0.hasPrefix(part) }.map { $0.dropFirst(part.count) }
    }

    private static func host(of address: String) -> String {
        let rest = after("://", in: address) ?? address[...]
        let authority = rest.prefix { $0 != "/" }
        let named = authority.split(separator: "@").last ?? authority
        return named.prefix { $0 != ":" }.lowercased()
    }
}

/// Repositories at other addresses that serve the same packages.
enum RepositoryMirrors {
    /// The entries from which apt would take the wanted version of all three packages.
    ///
    /// Whether they are signed with the wanted key is not looked at. What apt cannot say names no mirror.
    static func entries(_ wanted: WantedRepository, _ all: [AptEntry], _ host: HostView) async -> [AptEntry] {
        let candidates = all.filter { entry in
            entry.entry.types.contains("deb") && entry.entry.suites.contains { $0 == "/" || $0 == "./" }
                && !entry.entry.isTrusted
                && entry.entry.addresses.allSatisfy { wanted.bearing(of: $0, suites: entry.entry.suites) == .none }
        }
        guard !candidates.isEmpty, let text = try? await host.packages.policy(),
            let policy = try? AptPolicy(parsing: text)
        else { return [] }
        return candidates.filter { entry in
            WantedRepository.packages.allSatisfy { name in
                let sources = policy.package(name)?.version(wanted.version)?.sources ?? []
                return sources.contains { source in
                    // apt prints the address without the slash at its end.
                    let address = source.text.prefix { $0 != " " }
                    return entry.entry.addresses.contains("\(address)/")
                }
            }
        }
    }
}

/// Whether the cluster's packages are there as they are to be, so that nothing more is needed of a repository.
enum SettledPackages {
    /// Whether all three are installed at the wanted version and held.
    ///
    /// What dpkg cannot say is no settled package; why it cannot is told by the requirements about packages.
    static func areSettled(_ wanted: WantedRepository, _ host: HostView) async -> Bool {
        for name in WantedRepository.packages {
            guard let package = try? await host.packages.package(name), package.isInstalled, package.isHeld,
                package.version == wanted.version
            else { return false }
        }
        return true
    }
}
