internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The hardware has an id of its own.
///
/// - Source: kernel, Documentation/ABI/testing/sysfs-class-dmi; kubernetes.io, "Installing kubeadm", "Verify the MAC address
///   and product_uuid are unique"; SMBIOS 7.2.1: all bits 0 or 1 are no id.
package struct ProductUUID: Requirement {
    package static let entry = CatalogEntry(
        "product-uuid", group: "node", title: "The hardware id is usable", severity: .info,
        why:
            "kubeadm's documentation asks for ids that differ, and a firmware without one gives all its boards the same",
        source: "kubernetes.io, Installing kubeadm; SMBIOS specification, 7.2.1",
        checks: "\(file), against ids that manufacturers leave as placeholders.",
        manual: ["sudo cat \(file)"])

    private static let file: FilePath = "/sys/class/dmi/id/product_uuid"
    /// What firmware writes where nobody gave a board its own.
    private static let placeholders = [
        "03000200-0400-0500-0006-000700080009", "12345678-1234-5678-90ab-cddeefaabbcc",
        "01234567-8910-1112-1314-151617181920",
    ]

    package let inputs: [Input] = []

    package init(_ configuration: Configuration) {}

    /// The id in lower case; `nil` on a machine without firmware tables.
    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> String? {
        try await host.files.text(at: Self.file).map { ($0.textLines().first ?? "").lowercased() }
    }

    package func assess(_ id: String?, at horizon: Horizon) -> Assessment {
        guard let id else { return .notApplicable(because: "this machine has no firmware tables") }
        let digits = id.filter { $0 != "-" }
        let isNone = Set(digits).count <= 1 || digits.count != 32 || !digits.allSatisfy(\.isHexDigit)
        guard isNone || Self.placeholders.contains(id) else { return .met(observed: "an id of its own") }
        return .unmet([
            Finding(
                "placeholder", severity: .info, expected: "an id of this board",
                actual: "the id of the hardware is no id",
                remedy: "nothing on this node rests on it; a newer firmware may set it", manual: Self.entry.manual,
                evidence: [Evidence(Self.file)])
        ])
    }
}
