internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// containerd starts a pod's sandbox from the image that kubeadm pulls.
///
/// A warning for an image that nobody mends any more; another version of the same image works, and is told.
/// - Source: kubeadm `cmd/kubeadm/app/constants/constants.go` (`PauseVersion`); containerd docs/cri/config.md;
///   kubernetes.io, "k8s.gcr.io Image Registry Will Be Frozen From the 3rd of April 2023"; k/k#74249.
package struct SandboxImage: Requirement {
    package static let entry = CatalogEntry(
        "sandbox-image", group: "runtime", title: "The image of a pod's sandbox is kubeadm's", severity: .warning,
        prerequisites: ["containerd-installed"],
        why:
            "every pod begins with this image: of a registry that is frozen or gone no new node can pull it, and another version is pulled beside kubeadm's",
        source: "kubeadm constants.go, PauseVersion; containerd docs/cri/config.md; k/k#74249",
        checks:
            "sandbox_image, since containerd 2.0 pinned_images.sandbox, in the merged files, else the image that the release has by itself. Now: those files, if the process is not older.",
        manual: [
            "sudoedit /etc/containerd/config.toml   # sandbox_image = \"registry.k8s.io/pause:3.9\"",
            "sudo systemctl restart containerd",
        ])

    private static let registry = "registry.k8s.io/pause"
    /// Where the image was before.
    private static let former = ["k8s.gcr.io/", "gcr.io/google_containers/", "gcr.io/google-containers/"]

    private let wanted: String
    package let inputs: [Input] = containerdInputs

    package init(_ configuration: Configuration) {
        wanted = "\(Self.registry):\(Self.tag(ofMinor: Self.minor(configuration.cluster.packageVersion)))"
    }

    private static func minor(_ version: String) -> Int {
        version.split(separator: ".").dropFirst().first.flatMap { Int($0) } ?? 28
    }

    private static func tag(ofMinor minor: Int) -> String {
        switch minor {
        case ...22: "3.5"
        case 23: "3.6"
        case 24: "3.7"
        case 25: "3.8"
        case 26...30: "3.9"
        default: "3.10"
        }
    }

    /// The image, and who says so.
    package struct Observation: Equatable, Sendable {
        /// `nil` when there are no files that containerd starts with, or its release is not known here.
        var image: String?
        var isWritten = false
        var key = ""
        var evidence = Evidence("/etc/containerd/config.toml")
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let reading = try await ContainerdReading.read(host)
        if horizon == .now, let startedAt = try await host.units.unit(ContainerdUnit.name)?.startedAt,
            try await ContainerdAge.read(reading, startedAt: startedAt, host).isStale
        {
            throw ObservationError(
                reading: "the image of a pod's sandbox",
                cause: "containerd runs with older files than those on disk; restart it",
                needs: "containerd-config-current")
        }
        var seen = Observation(evidence: Evidence(reading.unit.configuration))
        guard let configuration = reading.configuration, reading.startFault == nil else { return seen }
        seen.key = configuration.sandboxKey
        if let written = configuration.sandboxImage {
            seen.image = written.image
            seen.isWritten = true
            if let place = written.place { seen.evidence = Evidence(place) }
        } else {
            seen.image = configuration.release.sandboxImage
        }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard let image = seen.image else {
            return .notApplicable(because: "no file of a containerd that is known here says which image it is")
        }
        let origin = seen.isWritten ? "" : ", as containerd is built"
        let observed = "\(image)\(origin)"
        if image == wanted { return .met(observed: observed) }
        var finding = Finding(
            "other-version", severity: .info, expected: wanted, actual: "the image of a pod's sandbox is \(observed)",
            why: "kubeadm pulls \(wanted) as well, and pods start from the other one",
            remedy: "nothing has to be done; for one image instead of two set \(seen.key)",
            manual: manual(seen), evidence: [seen.evidence])
        if image.isEmpty {
            finding.reason = "empty"
            finding.severity = .warning
            finding.why = "no sandbox can be started without an image"
            finding.remedy = "set \(seen.key) to \(wanted)"
        } else if Self.former.contains(where: image.hasPrefix) {
            finding.reason = "frozen-registry"
            finding.severity = .warning
            finding.why =
                "that registry is frozen since 2023-04-03 and may end: a node without the image cannot start pods"
            finding.remedy = "set \(seen.key) to \(wanted)"
        } else if !image.hasPrefix("\(Self.registry):"), !image.hasPrefix("\(Self.registry)@") {
            // A registry of one's own is set on purpose.
            return .met(observed: "\(observed), from a registry of one's own")
        }
        return .unmet(observed: observed, findings: [finding], proposals: [])
    }

    private func manual(_ seen: Observation) -> [String] {
        let edit =
            seen.isWritten
            ? "sudo sed -i 's|^\\([[:blank:]]*\(seen.key) *= *\\).*|\\1\"\(wanted)\"|' \(seen.evidence.path)"
            : "sudoedit \(seen.evidence.path)   # \(seen.key) = \"\(wanted)\""
        return [edit, "sudo systemctl restart containerd"]
    }
}
