internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// kubeadm, kubelet and kubectl are installed at exactly the configured version.
///
/// - Source: kubernetes.io, "Version Skew Policy"; apt-get(8), `install`; dpkg-query(1).
package struct PackageVersions: Requirement {
    package static let entry = CatalogEntry(
        "package-versions", group: "packages",
        title: "kubeadm, kubelet and kubectl are exactly at the configured version",
        prerequisites: ["package-system-healthy", "apt-key", "apt-repository"],
        kubeadmChecks: ["KubeletVersion", "KubernetesVersion"],
        why:
            "a kubelet newer than the control plane is refused, and three equal versions end the question on every node",
        source: "kubernetes.io, Version Skew Policy; apt-get(8)",
        checks:
            "Status and Version of the three packages in /var/lib/dpkg/status; where one is wrong, apt-cache policy and /var/cache/apt/archives for the way to the right one.",
        manual: ["sudo apt-get install -y kubelet=1.28.1-1.1 kubeadm=1.28.1-1.1 kubectl=1.28.1-1.1"])

    static let archives: FilePath = "/var/cache/apt/archives"

    let version: String
    let allowsDowngrade: Bool

    package let inputs: [Input] =
        DpkgEvidence.inputs + LifecycleRule.evidence
        + [.twoLevels("/etc/apt"), .path("/var/lib/apt/lists"), .path(archives)]

    package init(_ configuration: Configuration) {
        version = configuration.cluster.packageVersion
        allowsDowngrade = configuration.allowDowngrade
    }

    /// Where the configured version of a package can be had.
    package enum Offer: Equatable, Sendable {
        case repository
        /// No repository has it, and the file of that name in `/var/cache/apt/archives` does.
        case archive(String)
        case nowhere
        /// It could not be looked up, for this cause.
        case unknown(String)
    }

    /// One of the three packages.
    package struct Item: Equatable, Sendable {
        var seen: SeenPackage
        /// Where the right version can be had; `nil` where it is there.
        var offer: Offer?
    }

    /// What was seen of all three.
    package struct Observation: Equatable, Sendable {
        var items: [Item]
        /// What is on the node of a cluster; asked for where something is wrong, `nil` when nothing is or it is not known.
        var membership: Lifecycle?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation(
            items: try await SeenPackage.all(DpkgEvidence.kubernetes, host).map { Item(seen: $0) })
        guard seen.items.contains(where: { !isRight($0.seen) }) else { return seen }
        // What cannot be read here takes nothing away from what was seen: it is told beside it.
        seen.membership = try? await LifecycleRule.membership(of: host)
        let policy: Result<AptPolicy, ObservationError>
        do throws(ObservationError) {
            policy = .success(try Self.parsed(try await host.packages.policy()))
        } catch {
            policy = .failure(error)
        }
        let archives = (try? await host.files.names(in: Self.archives)) ?? []
        for index in seen.items.indices where !isRight(seen.items[index].seen) {
            seen.items[index].offer = offer(of: seen.items[index].seen.name, policy, archives)
        }
        return seen
    }

    private static func parsed(_ text: String) throws(ObservationError) -> AptPolicy {
        do throws(ParseError) {
            return try AptPolicy(parsing: text)
        } catch {
            throw ObservationError(reading: "apt-cache policy", cause: error.description)
        }
    }

    private func offer(of name: String, _ policy: Result<AptPolicy, ObservationError>, _ archives: [String]) -> Offer {
        switch policy {
        case .failure(let error): return .unknown(error.description)
        case .success(let policy):
            // A repository has an address; what dpkg alone knows has a path of this machine.
            let sources = policy.package(name)?.version(version)?.sources ?? []
            if sources.contains(where: { !$0.text.hasPrefix("/") }) { return .repository }
            // apt writes the colon of an epoch as %3a.
            let start = "\(name)_\(version.replacing(":", with: "%3a"))_"
            let archive = archives.first { $0.hasPrefix(start) && $0.hasSuffix(".deb") }
            return archive.map { .archive($0) } ?? .nowhere
        }
    }

    func isRight(_ seen: SeenPackage) -> Bool {
        seen.package.map { $0.isInstalled && $0.version == version } ?? false
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let wrong = seen.items.filter { !isRight($0.seen) }
        guard !wrong.isEmpty else { return .met(observed: "all three at \(version)") }
        return .unmet(
            observed: wrong.map(\.seen.actual).joined(separator: ", "),
            findings: wrong.map { finding($0, seen) },
            proposals: proposals(seen))
    }
}
