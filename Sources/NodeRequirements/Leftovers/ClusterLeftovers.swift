internal import NodeState
internal import SystemPackage

/// What a file of an earlier cluster is told with.
enum ClusterLeftovers {
    /// The way out that kubeadm itself offers.
    static let reset = ["sudo kubeadm reset"]

    /// Which of `paths` are there; a link that leads nowhere is there too.
    static func present(_ paths: [FilePath], _ host: HostView) async throws(ObservationError) -> [FilePath] {
        var found: [FilePath] = []
        for path in paths where try await host.files.kind(of: path) != nil { found.append(path) }
        return found
    }

    /// The findings for files that init or join would stumble over, one each.
    static func findings(_ paths: [FilePath], expected: String, remedy: String) -> [Finding] {
        paths.map { path in
            let check = "FileAvailable-" + path.string.replacing("/", with: "-")
            return Finding(
                "present", expected: expected, actual: "\(path) exists",
                predicts: Prediction(kubeadm: "ERROR \(check)"),
                remedy: remedy, manual: reset, evidence: [Evidence(path)])
        }
    }
}
