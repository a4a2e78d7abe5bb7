internal import Crypto
package import NodeState
internal import TextForms

/// The hash that nodes compare: over the merged values without `[local]`, so that comments and layout do not matter.
package enum ConfigurationDigest {
    /// SHA-256 as 64 hexadecimal digits.
    package static func of(_ configuration: Configuration) -> String {
        Hexadecimal.text(SHA256.hash(data: Array(lines(configuration).joined(separator: "\n").utf8)))
    }

    /// An id that is compared between nodes and never leaves one: keyed with the cluster's name, cut to 128 bits.
    package static func keyed(_ id: String, cluster: String) -> String {
        let key = SymmetricKey(data: Array(cluster.utf8))
        return String(Hexadecimal.text(HMAC<SHA256>.authenticationCode(for: Array(id.utf8), using: key)).prefix(32))
    }

    private static func lines(_ configuration: Configuration) -> [String] {
        let cluster = configuration.cluster
        let packages = configuration.packages
        var lines = [
            "cluster \([cluster.name, cluster.kubernetesVersion, cluster.packageVersion, cluster.controlPlaneEndpoint])",
            "networks \(cluster.podNetworkCIDR) \(cluster.serviceCIDR)",
            "policy \(configuration.mode.rawValue) \(configuration.consent.map(\.rawValue).sorted())",
            "flags \(configuration.allowDowngrade) \(configuration.removeLoopbackName)",
            "fstab \(configuration.fstabStyle.rawValue)",
            "packages \([packages.repository, packages.keyURL, packages.keyFingerprint]) \(packages.prerequisites)",
            "modules \(configuration.requiredModules)",
            "fleet \(configuration.fleet.user) \(configuration.fleet.fanout) \(configuration.fleet.deadlineSeconds)",
            "api \(configuration.operatorsGroup)",
        ]
        lines += configuration.nodes.map {
            "node \([$0.name, $0.address, $0.role.rawValue, $0.fqdn, $0.ssh, $0.hardware])"
        }
        lines += configuration.requirementModes.sorted { $0.key < $1.key }.map { "mode \($0.key) \($0.value.rawValue)" }
        lines += configuration.waivers.map { "waiver \($0.requirement) \($0.nodes) \([$0.reason, $0.until])" }
        return lines
    }
}
