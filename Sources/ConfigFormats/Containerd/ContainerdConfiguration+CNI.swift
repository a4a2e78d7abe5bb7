/// Where containerd looks for CNI plugins.
package enum CNIDirectory {
    /// Where the package kubernetes-cni and flannel's own installer put their plugins, and nowhere else.
    ///
    /// - Source: kubernetes-cni, list of files; flannel-io/flannel, Documentation/kube-flannel.yml, `install-cni-plugin`.
    package static let kubernetes = "/opt/cni/bin"

    /// Where Debian's containernetworking-plugins puts them.
    package static let debian = "/usr/lib/cni"

    /// The directories that a build of containerd has when no file names any.
    ///
    /// Upstream, Docker and Ubuntu build `/opt/cni/bin` alone into it, as Debian does with 1.6. Debian's 1.7 has
    /// `/usr/lib/cni` alone, its 2.1 both; of its 2.0, which no release had, the worse is taken.
    /// - Source: `containerd --config /dev/null config dump` of Debian's 1.6.20, 1.7.24 and 2.1.9; containerd
    ///   internal/cri/config/config_unix.go.
    package static func builtIn(_ release: ContainerdRelease, isDebians: Bool) -> [String] {
        guard isDebians, release >= ContainerdRelease(major: 1, minor: 7) else { return [kubernetes] }
        return release.takesCNIDirectories ? [debian, kubernetes] : [debian]
    }

    /// A directory without what makes no difference: slashes at its end, doubled ones.
    package static func normalised(_ directory: String) -> String {
        let parts = directory.split(separator: "/")
        return (directory.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }
}

extension ContainerdRelease {
    /// Whether it takes a list of directories for CNI plugins, `bin_dirs`, beside the one of `bin_dir`.
    ///
    /// - Source: containerd RELEASES.md, deprecated in 2.1: `bin_dir`.
    package var takesCNIDirectories: Bool { self >= Self(major: 2, minor: 1) }
}

extension ContainerdConfiguration {
    /// Where the search for CNI plugins is decided.
    enum CNISetting: Equatable {
        /// `bin_dir` of a plugin's table.
        case single(plugin: String, String)
        /// `bin_dirs` of a plugin's table.
        case list(plugin: String, [String])
    }

    /// The setting that counts; `nil` when none is there, so that the build's own counts.
    ///
    /// Seen on 2.1.9 in a file of version 2: the old table's `bin_dir` takes the place of any `bin_dirs`, an empty one too.
    /// - Source: containerd pkg/cri/config/config.go (1.x); plugins/cri/runtime/plugin.go, `migrateConfig`, and
    ///   internal/cri/config/config.go, `ValidateRuntimeConfig` (2.1).
    var cniSetting: CNISetting? {
        let singles = scopes.compactMap { scope in
            plugins.value(at: [scope, "cni", "bin_dir"])?.text.map { CNISetting.single(plugin: scope, $0) }
        }
        guard release.takesCNIDirectories else { return singles.first }
        for case .single(let plugin, let directory) in singles where plugin != ContainerdPlugins.runtime {
            return .single(plugin: plugin, directory)
        }
        let lists = scopes.compactMap { scope in
            plugins.value(at: [scope, "cni", "bin_dirs"])?.texts.map { CNISetting.list(plugin: scope, $0) }
        }
        // Of an empty `bin_dir`, as `config dump` prints it, nothing follows here.
        if case .single(_, let directory)? = singles.first, !directory.isEmpty {
            guard case .list(_, let directories)? = lists.first, directories != builtInCNI else { return singles.first }
        }
        return lists.first
    }

    /// The directories in which CNI plugins are looked for, in order.
    package var cniDirectories: [String] {
        let written =
            switch cniSetting {
            case .single(_, let directory): [directory]
            case .list(_, let directories): directories
            case nil: builtInCNI
            }
        return written.map(CNIDirectory.normalised).filter { !$0.isEmpty }
    }

    /// Whether CNI plugins are looked for where Kubernetes puts them.
    package var searchesKubernetesCNI: Bool { cniDirectories.contains(CNIDirectory.kubernetes) }

    /// Whether the directories are neither the build's nor Debian's, where there is room for one alone.
    ///
    /// Another one takes such a directory's place, so it is a person's to decide.
    package var hasOwnCNIDirectory: Bool {
        !release.takesCNIDirectories && !searchesKubernetesCNI
            && cniDirectories.contains { $0 != CNIDirectory.debian }
    }

    /// Whether `bin_dir` and `bin_dirs` are both set, with which the CRI of 2.1 and newer does not load; the place.
    ///
    /// - Source: containerd internal/cri/config/config.go, `ValidateRuntimeConfig`.
    package var cniConflict: ContainerdPlace? {
        let table = [ContainerdPlugins.runtime, "cni"]
        guard release.takesCNIDirectories, case .list(_, let directories)? = cniSetting, !directories.isEmpty,
            let single = plugins.value(at: table + ["bin_dir"])?.text, !single.isEmpty
        else { return nil }
        return place(of: ["plugins"] + table + ["bin_dir"])
    }

    /// The place that decides where CNI plugins are looked for; `nil` when no file does.
    package var cniPlace: ContainerdPlace? {
        switch cniSetting {
        case .single(let plugin, _): place(of: ["plugins", plugin, "cni", "bin_dir"])
        case .list(let plugin, _): place(of: ["plugins", plugin, "cni", "bin_dirs"])
        case nil: nil
        }
    }
}

extension TOMLNode {
    /// The text, when it is one.
    fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }

    /// The texts of a list of nothing else.
    fileprivate var texts: [String]? {
        guard case .array(let nodes) = self else { return nil }
        let texts = nodes.compactMap(\.text)
        return texts.count == nodes.count ? texts : nil
    }
}
