package import NodeState
internal import SystemPackage

/// A pod sandbox has really started on this node, in systemd's cgroups, and with an address where there is a network.
///
/// It is a trial that the daemon makes, once for each start of containerd and only with consent; here its outcome is read.
///
/// - Source: kubernetes/cri-api, `RunPodSandbox`; containerd, docs/cri/config.md.
package struct PodSandboxStarts: Requirement {
    package static let entry = CatalogEntry(
        "pod-sandbox-starts", group: "runtime", title: "A pod sandbox starts",
        prerequisites: [
            "lifecycle-consistent", "kernel-modules", "containerd-service", "containerd-config-current",
            "containerd-cri-enabled", "containerd-systemd-cgroup", "cni-binaries",
        ],
        why:
            "everything else is read from files and answers; only a sandbox that runs shows that runc, cgroups and CNI work together",
        source: "kubernetes/cri-api, RunPodSandbox; containerd docs/cri/config.md",
        checks:
            "With the consent trial, or after nucprep preflight --trial: whether a sandbox on the host's network ran in a scope below kubepods.slice, and where /etc/cni/net.d has a configuration, whether a second one got an address. Both are removed at once. Tried once for each start of containerd and each CNI configuration; never on a member of a cluster.",
        manual: [
            "sudo nucprep preflight --trial",
            "sudo crictl runp pod.json   # metadata, and linux.cgroup_parent = /kubepods.slice",
            "sudo crictl rmp -f ID",
        ])

    static let record = FilePath("/run/nucprep").appending(PodSandboxRecord.name)

    package let inputs: [Input] =
        LifecycleRule.membershipInputs + [.unit(ContainerdUnit.name), .path(LeftoverCNI.folder)]

    private let isAgreed: Bool

    package init(_ configuration: Configuration) { isAgreed = configuration.consent.contains(.trial) }

    /// What was seen of the node and of the last trial.
    package struct Observation: Equatable, Sendable {
        /// Whether the node belongs to a cluster.
        var isMember: Bool
        /// The trial that would be made now; `nil` when none is asked for.
        var trial: PodSandboxTrial?
        /// What became of that trial; `nil` before it was made.
        var record: PodSandboxRecord?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let membership = try await LifecycleRule.membership(of: host)
        var seen = Observation(isMember: membership == .initialised || membership == .joined)
        guard horizon == .now, !seen.isMember else { return seen }
        var record = try await host.files.text(at: Self.record).flatMap(PodSandboxRecord.init(parsing:))
        // Most nodes are not to be tried, and are not asked further.
        guard isAgreed || record != nil else { return seen }
        let trial = try await trial(host)
        if record?.key != trial.key { record = nil }
        if let image = record?.missingImage {
            // Nothing is heard of an image that comes, so it is asked for.
            let isThere = try await ContainerdCRIEnabled.asking { () async throws(ObservationError) in
                try await host.runtime.hasImage(image)
            }
            guard isThere else {
                throw ObservationError(
                    reading: "whether a pod sandbox starts",
                    cause:
                        "the image \(image) is not on this node, and containerd could not fetch it: sudo ctr -n k8s.io images pull \(image)"
                )
            }
            record = nil
        }
        seen.trial = trial
        seen.record = record
        return seen
    }

    /// The trial of this start of containerd, with the CNI configurations as they are.
    private func trial(_ host: HostView) async throws(ObservationError) -> PodSandboxTrial {
        let startedAt = try await host.units.unit(ContainerdUnit.name)?.startedAt
        let names = try await host.files.names(in: LeftoverCNI.folder).filter(LeftoverCNI.isConfiguration).sorted()
        var digest = Digest()
        for name in names {
            digest.add(Array(name.utf8))
            digest.add(try await host.files.bytes(at: LeftoverCNI.folder.appending(name), limit: 1 << 20) ?? [])
        }
        return PodSandboxTrial(
            key: "\(startedAt.map(String.init) ?? "-") \(String(digest.value, radix: 16))",
            usesPodNetwork: !names.isEmpty)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: "it is a trial of the running system") }
        guard !seen.isMember else { return .notApplicable(because: "the node belongs to a cluster") }
        let retry = seen.trial.map { [Proposal(.tryPodSandbox($0), .withConsent(.trial))] } ?? []
        guard let record = seen.record else {
            guard isAgreed else {
                return .notApplicable(
                    because: "not tried: the consent trial is not given; sudo nucprep preflight --trial tries it once")
            }
            return unmet(
                "not-tried", "no pod sandbox was started since containerd's last start", remedy: nil, retry)
        }
        for outcome in [record.host, record.pod].compactMap(\.self) {
            if let (reason, text) = Self.fault(outcome, isPod: outcome == record.pod) {
                return unmet(
                    reason, text, remedy: "see what containerd says: sudo journalctl -u containerd -n 50",
                    isAgreed ? retry : [])
            }
        }
        return .met(observed: Self.text(of: record))
    }

    private static func text(of record: PodSandboxRecord) -> String {
        var text = "a sandbox ran"
        if case .started(let cgroup) = record.host { text += " in \(cgroup)" }
        if case .address(let address)? = record.pod { text += ", another had the address \(address)" }
        return text
    }

    private static func fault(_ outcome: PodSandboxRecord.Outcome, isPod: Bool) -> (reason: String, text: String)? {
        let network = isPod ? "with a network of its own" : "on the host's network"
        switch outcome {
        case .started, .address: return nil
        case .refused(let words): return ("refused", "containerd refused a pod sandbox \(network): \(words)")
        case .noImage(let name): return ("refused", "containerd has no image \(name)")
        case .outsideSlice:
            return ("outside-slice", "a pod sandbox \(network) ran outside of the scope below kubepods.slice")
        case .noAddress: return ("no-address", "a pod sandbox with a network of its own got no address")
        }
    }

    private func unmet(_ reason: String, _ actual: String, remedy: String?, _ proposals: [Proposal]) -> Assessment {
        let finding = Finding(
            reason, expected: "a pod sandbox runs below kubepods.slice, with an address where CNI is configured",
            actual: actual, predicts: Prediction(kubelet: "cannot start pods: they stay ContainerCreating"),
            remedy: remedy, evidence: reason == "not-tried" ? [] : [Evidence(Self.record)])
        return .unmet(observed: actual, findings: [finding], proposals: proposals)
    }

    /// FNV-1a, 64 bits: tells one configuration from another, and nothing that anybody gains by forging.
    private struct Digest {
        private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

        mutating func add(_ bytes: [UInt8]) {
            for byte in bytes + [0] { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
    }
}

extension PodSandboxRecord {
    /// The image without which a sandbox did not start.
    fileprivate var missingImage: String? {
        for case .noImage(let name)? in [host, pod] { return name }
        return nil
    }
}
