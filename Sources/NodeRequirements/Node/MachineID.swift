package import NodeState
internal import SystemPackage
internal import TextForms

/// The machine has an id of its own.
///
/// A warning: neither kubeadm nor the kubelet stops without one.
/// - Source: machine-id(5).
package struct MachineID: Requirement {
    package static let entry = CatalogEntry(
        "machine-id", group: "node", title: "The machine id is set", severity: .warning,
        why: "machines that were cloned with their id share an identity, in the journal and with DHCP",
        source: "machine-id(5)", checks: "/etc/machine-id: 32 hexadecimal digits.",
        manual: ["sudo rm /etc/machine-id", "sudo systemd-machine-id-setup"])

    static let file: FilePath = "/etc/machine-id"

    package let inputs: [Input] = [.path(file)]

    package init(_ configuration: Configuration) {}

    /// What the file holds; the id itself is nobody's business.
    package enum Observation: Equatable, Sendable {
        case absent, empty, uninitialized, good, malformed
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        guard let text = try await host.files.text(at: Self.file) else { return .absent }
        let id = text.prefix { !$0.isNewline }
        if id.isEmpty { return .empty }
        if id == "uninitialized" { return .uninitialized }
        return Hexadecimal.isText(id, count: 32) && id.contains { $0 != "0" } ? .good : .malformed
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let actual: String
        switch seen {
        case .good: return .met(observed: "set")
        case .absent: actual = "\(Self.file) is absent"
        case .empty: actual = "\(Self.file) is empty"
        case .uninitialized: actual = "\(Self.file) says uninitialized"
        case .malformed: actual = "\(Self.file) holds no id of 32 hexadecimal digits"
        }
        let finding = Finding(
            "not-set", severity: .warning, expected: "32 hexadecimal digits in \(Self.file)", actual: actual,
            remedy:
                "on a machine that belongs to no cluster make a new id, then reboot; its DHCP address may change with it",
            manual: Self.entry.manual, evidence: [Evidence(Self.file)])
        return .unmet(observed: actual, findings: [finding], proposals: [])
    }
}
