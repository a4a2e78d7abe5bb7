internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// What is compared between nodes: no single one of them can see that it is the odd one out.
///
/// A trait that cannot be read is left out; one that the machine lacks is `none`.
package enum NodeTraits {
    /// The traits that identify a machine or are long: they leave it as keyed digests alone.
    package static let secret: Set<String> = ["product-uuid", "ssh-host-keys", "hosts"]

    private static let resolved: FilePath = "/run/systemd/resolve/resolv.conf"
    private static let alternative: FilePath = "/etc/alternatives/iptables"

    /// Reads all of them.
    package static func read(_ host: HostView, _ configuration: Configuration) async -> [String: String] {
        var traits: [String: String] = [:]
        func note(_ name: String, _ read: () async throws -> String?) async {
            do {
                traits[name] = try await read() ?? "none"
            } catch {
                // Not known is not the same as the others; who compares finds it missing.
            }
        }
        for package in ["kubelet", "kubeadm"] {
            await note(package) { try await version(of: [package], host) }
        }
        await note("containerd") { try await version(of: ContainerdReading.packages, host) }
        await note("kernel") { try await host.kernel.release() }
        await note("systemd") { try await SystemdVersion.installed(host).map(String.init) }
        await note("resolved") { try await host.files.kind(of: resolved) == nil ? "no" : "yes" }
        await note("iptables") { try await iptables(host) }
        await note("hosts") { try await hosts(host, configuration) }
        await note("mtu") { try await mtu(host, configuration) }
        await note("reach") { try await PeerReachability.unreached(host, configuration) }
        await note("product-uuid") { try await word("/sys/class/dmi/id/product_uuid", host)?.lowercased() }
        await note("bios") { try await word("/sys/class/dmi/id/bios_version", host) }
        await note("ssh-host-keys") { try await hostKeys(host) }
        await note("kubelet-cgroup-driver") { try await KubeletSettings.read(host).cgroupDriver?.value }
        return traits
    }

    private static func version(of names: [String], _ host: HostView) async throws(ObservationError) -> String? {
        for name in names {
            if let package = try await host.packages.package(name), package.isInstalled { return package.version }
        }
        return nil
    }

    /// The first line of a file.
    private static func word(_ path: FilePath, _ host: HostView) async throws(ObservationError) -> String? {
        try await host.files.text(at: path)?.textLines().first.map { String($0.prefix(120)) }
    }

    /// Which of both programs `iptables` is.
    ///
    /// - Source: update-alternatives(1); Debian's package iptables.
    private static func iptables(_ host: HostView) async throws(ObservationError) -> String? {
        guard case .link(let target) = try await host.files.kind(of: alternative) else { return nil }
        return target.lastComponent?.string
    }

    /// The address of each configured node, as /etc/hosts has it.
    private static func hosts(_ host: HostView, _ configuration: Configuration) async throws(ObservationError) -> String
    {
        let file = HostsFile(bytes: try await host.files.bytes(at: HostsEntries.file) ?? [])
        let entries = file.entries(naming: configuration.nodes.map(\.name))
        return configuration.nodes.map { node in
            let family = IPAddress(node.address)?.isIPv4
            let address = entries[node.name]?.first { $0.address.isIPv4 == family }?.address.description
            return "\(node.name)=\(address ?? "none")"
        }.sorted().joined(separator: " ")
    }

    /// The largest packet of the link by which the node is in the cluster, in bytes.
    private static func mtu(_ host: HostView, _ configuration: Configuration) async throws(ObservationError) -> String?
    {
        guard let link = try await ClusterLink.name(host, configuration) else { return nil }
        return try await word(ClusterLink.folder.appending(link).appending("mtu"), host)
    }

    /// The public host keys of sshd, without their comments.
    private static func hostKeys(_ host: HostView) async throws(ObservationError) -> String? {
        var keys: [String] = []
        for kind in ["ecdsa", "ed25519", "rsa"] {
            guard let line = try await word(FilePath("/etc/ssh/ssh_host_\(kind)_key.pub"), host) else { continue }
            keys.append(line.split(separator: " ").prefix(2).joined(separator: " "))
        }
        return keys.isEmpty ? nil : keys.joined(separator: "\n")
    }
}
