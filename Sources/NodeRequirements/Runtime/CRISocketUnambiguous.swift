package import NodeState
package import SystemPackage

/// There is one socket of a container runtime where kubeadm looks for them.
///
/// - Source: kubeadm `cmd/kubeadm/app/util/runtime/runtime.go` (`DetectCRISocket`) and `constants.go`
///   (`DefaultCRISocket`): containerd, CRI-O and cri-dockerd.
package struct CRISocketUnambiguous: Requirement {
    package static let entry = CatalogEntry(
        "cri-socket-unambiguous", group: "runtime", title: "There is one CRI socket",
        why: "with two of them kubeadm does not choose and refuses", source: "kubeadm util/runtime/runtime.go",
        checks: "containerd/containerd.sock, crio/crio.sock and cri-dockerd.sock in /run and /var/run.",
        manual: ["ls -l /run/containerd/containerd.sock /run/crio/crio.sock /run/cri-dockerd.sock"])

    /// The sockets, each with the unit behind it.
    private static let sockets: [(path: FilePath, units: [String])] = [
        ("/run/containerd/containerd.sock", ["containerd.service"]), ("/run/crio/crio.sock", ["crio.service"]),
        ("/run/cri-dockerd.sock", ["cri-docker.service", "cri-docker.socket"]),
    ]

    package let inputs: [Input] =
        BootedUnits.inputs + sockets.flatMap(\.units).map { Input.unit($0) }

    package init(_ configuration: Configuration) {}

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> [FilePath] {
        var found: [FilePath] = []
        if horizon == .now {
            for socket in Self.sockets where try await host.files.kind(of: socket.path) != nil {
                found.append(socket.path)
            }
            // A socket that is not recorded beside a unit that runs is there all the same.
            for socket in Self.sockets.dropFirst() where !found.contains(socket.path) {
                for name in socket.units where try await host.units.unit(name)?.active == "active" {
                    found.append(socket.path)
                    break
                }
            }
            return found
        }
        var units = try await BootedUnits(host)
        for socket in Self.sockets {
            for name in socket.units where try await units.start(of: name).isCertain && !found.contains(socket.path) {
                found.append(socket.path)
            }
        }
        return found
    }

    package func assess(_ found: [FilePath], at horizon: Horizon) -> Assessment {
        let observed = found.isEmpty ? "none" : found.map(\.string).joined(separator: ", ")
        // containerd's own absence is what the requirements of containerd tell.
        let others = found.filter { $0 != Self.sockets[0].path }
        guard !others.isEmpty else { return .met(observed: observed) }
        let findings = others.map { path in
            Finding(
                "another-socket", expected: "only \(Self.sockets[0].path)",
                actual: horizon == .now ? "\(path) is there too" : "\(path) will be there too after a reboot",
                predicts: Prediction(kubeadm: "found multiple CRI endpoints on the host"),
                remedy: "uninstall the other runtime, or name containerd's socket to kubeadm",
                manual: ["sudo kubeadm init --cri-socket unix:///run/containerd/containerd.sock"],
                evidence: [Evidence(path)])
        }
        return .unmet(observed: observed, findings: findings, proposals: [])
    }
}
