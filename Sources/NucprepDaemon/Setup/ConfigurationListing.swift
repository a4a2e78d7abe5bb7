internal import LinuxHost
internal import NodeState

/// The merged configuration as TOML, each value with the file and the line that sets it.
struct ConfigurationListing: Sendable {
    private let configuration: Configuration
    private let origins: [String: Origin]

    /// The listing of what was decoded.
    init(_ configuration: Configuration, origins: [String: Origin]) {
        self.configuration = configuration
        self.origins = origins
    }

    private struct Row {
        var text: String
        var origin: String?
    }

    /// The whole text; it is a valid configuration itself.
    var text: String {
        let rows = self.rows
        let width = min(60, rows.filter { $0.origin != nil }.map(\.text.utf8.count).max() ?? 0)
        return rows.map { row in
            guard let origin = row.origin else { return row.text + "\n" }
            let padding = String(repeating: " ", count: max(0, width - row.text.utf8.count))
            return "\(row.text)\(padding)  # \(origin)\n"
        }.joined()
    }

    /// The same without places, and without `[local]`: what is equal on all nodes.
    var shared: String {
        var common = configuration
        common.localNode = ""
        return ConfigurationListing(common, origins: origins).rows.map { $0.text + "\n" }.joined()
    }

    private var rows: [Row] {
        let cluster = configuration.cluster
        let packages = configuration.packages
        var rows = section(
            "cluster",
            [
                ("name", Self.quoted(cluster.name)), ("kubernetes-version", Self.quoted(cluster.kubernetesVersion)),
                ("package-version", Self.quoted(cluster.packageVersion)),
                ("pod-network-cidr", Self.list(cluster.podNetworkCIDR)),
                ("service-cidr", Self.list(cluster.serviceCIDR)),
                ("control-plane-endpoint", Self.quoted(cluster.controlPlaneEndpoint)),
            ])
        rows += configuration.nodes.flatMap(node)
        if !configuration.localNode.isEmpty {
            rows += section("local", [("node", Self.quoted(configuration.localNode))])
        }
        rows += section(
            "policy",
            [
                ("mode", Self.quoted(configuration.mode.rawValue)),
                ("consent", Self.list(configuration.consent.map(\.rawValue))),
                ("allow-downgrade", "\(configuration.allowDowngrade)"),
                ("fstab-style", Self.quoted(configuration.fstabStyle.rawValue)),
                ("remove-loopback-name", "\(configuration.removeLoopbackName)"),
            ])
        rows += section(
            "packages",
            [
                ("repository", Self.quoted(packages.repository)), ("key-url", Self.quoted(packages.keyURL)),
                ("key-fingerprint", Self.quoted(packages.keyFingerprint)),
                ("prerequisites", Self.list(packages.prerequisites)),
            ])
        rows += section("modules", [("required", Self.list(configuration.requiredModules))])
        for (id, mode) in configuration.requirementModes.sorted(by: { $0.key < $1.key }) {
            rows += section("requirements.\(id)", [("mode", Self.quoted(mode.rawValue))])
        }
        rows += configuration.waivers.flatMap(waiver)
        let fleet = configuration.fleet
        rows += section(
            "fleet",
            [
                ("user", Self.quoted(fleet.user)), ("fanout", "\(fleet.fanout)"),
                ("deadline-seconds", "\(fleet.deadlineSeconds)"),
            ])
        rows += section("api", [("operators-group", Self.quoted(configuration.operatorsGroup))])
        // Between two sections stands an empty line, and none before the first.
        return Array(rows.drop { $0.text.isEmpty })
    }

    private func section(_ name: String, _ values: [(key: String, text: String)]) -> [Row] {
        [Row(text: ""), Row(text: "[\(name)]")]
            + values.map { value in
                let origin = origins["\(name).\(value.key)"] ?? .builtIn
                return Row(text: "\(value.key) = \(value.text)", origin: origin.description)
            }
    }

    private func node(_ node: Configuration.Node) -> [Row] {
        var rows = [
            Row(text: ""), Row(text: "[[nodes]]", origin: node.origin.description),
            Row(text: "name = \(Self.quoted(node.name))"), Row(text: "address = \(Self.quoted(node.address))"),
            Row(text: "role = \(Self.quoted(node.role.rawValue))"),
        ]
        for (key, value) in [("fqdn", node.fqdn), ("ssh", node.ssh), ("hardware", node.hardware)] where !value.isEmpty {
            rows.append(Row(text: "\(key) = \(Self.quoted(value))"))
        }
        return rows
    }

    private func waiver(_ waiver: Waiver) -> [Row] {
        [
            Row(text: ""), Row(text: "[[waivers]]", origin: waiver.origin.description),
            Row(text: "requirement = \(Self.quoted(waiver.requirement.name))"),
            Row(text: "nodes = [\(waiver.nodes.map(Self.quoted).joined(separator: ", "))]"),
            Row(text: "reason = \(Self.quoted(waiver.reason))"), Row(text: "until = \(waiver.until)"),
        ]
    }

    /// One string as it is, several as a list; lists of one are written as lists all the same, which every key takes.
    private static func list(_ texts: [String]) -> String { "[\(texts.map(quoted).joined(separator: ", "))]" }

    /// A basic string.
    ///
    /// - Source: TOML 1.0, "String".
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\" + String(Character(scalar))
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
