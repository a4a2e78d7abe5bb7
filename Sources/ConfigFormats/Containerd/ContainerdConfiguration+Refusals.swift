/// What keeps the CRI from loading though the files are read: `config dump` exits with 0 all the same.
extension ContainerdConfiguration {
    /// One such setting.
    package struct CRIRefusal: Sendable, Equatable {
        /// The stable token.
        package let reason: String
        /// What is wrong, with the value.
        package let text: String
        /// What to do.
        package let remedy: String
        package let place: ContainerdPlace?
    }

    /// The socket that kubeadm and the kubelet look for; both names are one file.
    private static let sockets: Set<String> = [
        "", "/run/containerd/containerd.sock", "/var/run/containerd/containerd.sock",
    ]

    /// The plugin of `[grpc]` in files of version 4.
    private static let server = "io.containerd.server.v1.grpc"

    /// The snapshotters that load on every machine.
    private static let everywhere: Set<String> = ["overlayfs", "native"]

    /// The other ones that containerd brings: whether they load depends on the file system or on settings of theirs.
    private static let conditional: Set<String> = ["aufs", "blockfile", "btrfs", "devmapper", "erofs", "zfs"]

    /// Everything for which containerd leaves the CRI off, or serves it where kubeadm does not look.
    ///
    /// - Source: containerd pkg/cri/config/config.go, `ValidatePluginConfig`, and pkg/cri/server/service.go (1.x);
    ///   internal/cri/config/config.go, `ValidateImageConfig`, and plugins/cri/images/plugin.go (2.x).
    package var criRefusals: [CRIRefusal] {
        var refusals: [CRIRefusal] = []
        if let registry = first(["registry"]), case .table(let table) = registry.node {
            refusals += registryRefusals(table, registry.path)
        }
        if let refusal = snapshotterRefusal { refusals.append(refusal) }
        if let place = cniConflict {
            refusals.append(
                CRIRefusal(
                    reason: "two-cni-settings",
                    text: "bin_dir and bin_dirs are both set, with which the CRI does not load",
                    remedy: "keep bin_dirs alone", place: place))
        }
        if let (address, place) = grpcAddress, !Self.sockets.contains(address) {
            refusals.append(
                CRIRefusal(
                    reason: "other-socket",
                    text: "containerd listens on \(address), and kubeadm looks for /run/containerd/containerd.sock",
                    remedy: "take address out of [grpc]", place: place))
        }
        return refusals
    }

    private func registryRefusals(_ table: TOMLTable, _ path: [String]) -> [CRIRefusal] {
        guard case .string(let folder)? = table["config_path"], !folder.isEmpty else { return [] }
        var kinds: [String] = []
        if case .table(let mirrors)? = table["mirrors"], !mirrors.keys.isEmpty { kinds.append("mirrors") }
        // 2.x passes over what is in configs; 1.x refuses the certificates in it, and takes the names and passwords.
        if release.isFirstLine, case .table(let configs)? = table["configs"],
            configs.keys.contains(where: { configs.value(at: [$0, "tls"]) != nil })
        {
            kinds.append("configs")
        }
        return kinds.map { kind in
            CRIRefusal(
                reason: "\(kind)-beside-config-path",
                text: "registry.\(kind) stands beside config_path = \"\(folder)\", with which the CRI does not load",
                remedy: "move registry.\(kind) into hosts.toml files below \(folder), or take config_path out",
                place: place(of: ["plugins"] + path + [kind]))
        }
    }

    private var snapshotterRefusal: CRIRefusal? {
        let found = first(release.isFirstLine ? ["containerd", "snapshotter"] : ["snapshotter"])
        guard let found, case .string(let name) = found.node, !name.isEmpty else { return nil }
        let isDisabled = files.contains { file in
            file.disabledPlugins.contains { $0 == "io.containerd.snapshotter.v1.\(name)" || $0 == name }
        }
        let isProxied = files.contains { file in
            file.value(at: ["proxy_plugins", name, "type"]) == .string("snapshot")
        }
        let isKnown = Self.everywhere.contains(name) || Self.conditional.contains(name)
        let text: String
        if isProxied {
            return nil
        } else if isDisabled {
            text = "the snapshotter \(name) is in disabled_plugins, and the CRI does not load without it"
        } else if !isKnown {
            text =
                "the snapshotter \(name) is no part of containerd and no proxy plugin, and the CRI does not load without it"
        } else {
            return nil
        }
        return CRIRefusal(
            reason: "snapshotter-missing", text: text,
            remedy: "set snapshotter = \"overlayfs\", or add the proxy plugin",
            place: place(of: ["plugins"] + found.path))
    }

    /// A setting of the images' part of the CRI: 2.x has a plugin of its own for it, and takes the old table's in files of
    /// version 2.
    private func first(_ path: [String]) -> (node: TOMLNode, path: [String])? {
        var tries = [[scopes[0]] + path]
        if !release.isFirstLine {
            tries = [[ContainerdPlugins.images] + path]
            let old = path == ["snapshotter"] ? ["containerd"] + path : path
            if version < 3 { tries.append([ContainerdPlugins.service] + old) }
        }
        for path in tries {
            if let node = plugins.value(at: path) { return (node, path) }
        }
        return nil
    }

    private var grpcAddress: (String, ContainerdPlace)? {
        let tries = [["plugins", Self.server, "address"], ["grpc", "address"]]
        for path in version < 4 ? Array(tries.dropFirst()) : tries {
            for file in files.reversed() {
                if case .string(let address)? = file.value(at: path) {
                    return (address, ContainerdPlace(file, line: path))
                }
            }
        }
        return nil
    }
}
