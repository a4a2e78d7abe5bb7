internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// root's kubectl talks to the cluster that this control plane runs.
///
/// What other users have in their home is not read: it is theirs alone.
/// - Source: kubernetes.io, "Organizing Cluster Access Using kubeconfig Files"; kubeadm `admin.conf`, which `kubeadm init`
///   says to copy.
package struct KubeconfigCurrent: Requirement {
    package static let entry = CatalogEntry(
        "kubeconfig-current", group: "leftovers", title: "root's kubectl talks to this cluster", severity: .info,
        why: "kubectl asks a cluster that is gone, and refuses the certificate of the one that is here",
        source: "kubernetes.io, Organizing Cluster Access Using kubeconfig Files",
        checks:
            "On a control plane: whether a cluster in /root/.kube/config has the server and the certificate authority of /etc/kubernetes/admin.conf.",
        manual: ["sudo cp -i /etc/kubernetes/admin.conf /root/.kube/config", "sudo kubectl get nodes"])

    private static let admin: FilePath = "/etc/kubernetes/admin.conf"
    private static let own: FilePath = "/root/.kube/config"

    package let inputs: [Input] = [.path(admin), .path(own)]

    package init(_ configuration: Configuration) {}

    /// A cluster as a kubeconfig names it.
    package struct Cluster: Equatable, Sendable {
        var server: String
        var authority: String?
    }

    /// The clusters of both files; `nil` for a file that is not there.
    package struct Observation: Equatable, Sendable {
        var admin: [Cluster]?
        var own: [Cluster]?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        guard let admin = try await host.files.text(at: Self.admin) else { return Observation() }
        let clusters = Self.clusters(in: admin)
        guard !clusters.isEmpty else {
            throw ObservationError(reading: Self.admin.string, cause: "it names no server")
        }
        return Observation(admin: clusters, own: try await host.files.text(at: Self.own).map(Self.clusters))
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard let admin = seen.admin else { return .notApplicable(because: "\(Self.admin) is absent") }
        guard let own = seen.own else { return .met(observed: "root has no kubeconfig") }
        if let same = own.first(where: admin.contains) { return .met(observed: same.server) }
        let other = own.first { cluster in admin.contains { $0.server == cluster.server } }
        let actual =
            other.map { "\(Self.own) has another certificate authority for \($0.server)" }
            ?? own.first.map { "\(Self.own) names \($0.server), not \(admin[0].server)" }
            ?? "\(Self.own) names no server"
        return .unmet([
            Finding(
                "other-cluster", severity: .info, expected: "the cluster of \(Self.admin)", actual: actual,
                remedy: "copy \(Self.admin) there, once what else it names is saved", manual: Self.entry.manual,
                evidence: [Evidence(Self.own), Evidence(Self.admin)])
        ])
    }

    /// The clusters of a kubeconfig as kubectl and kubeadm write it: a line for each key, the keys of one cluster together,
    /// whichever comes first.
    private static func clusters(in text: String) -> [Cluster] {
        var clusters: [Cluster] = []
        var authority: String?
        var server: String?
        func finish() {
            if let server { clusters.append(Cluster(server: server, authority: authority)) }
            (server, authority) = (nil, nil)
        }
        for line in text.textLines() {
            let words = line.drop { $0 == " " || $0 == "-" }.split(separator: " ", maxSplits: 1)
            guard let key = words.first else { continue }
            let value = words.count > 1 ? words[1].filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" } : ""
            // An entry of the list of clusters begins with a hyphen.
            if line.drop(while: { $0 == " " }).hasPrefix("- ") { finish() }
            switch key {
            case "server:": server = value
            case "certificate-authority-data:", "certificate-authority:": authority = value
            default: break
            }
        }
        finish()
        return clusters
    }
}
