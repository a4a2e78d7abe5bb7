extension ContainerdFile {
    /// A complete small file for a release: the CRI on, runc's cgroups made by systemd, and CNI plugins looked for where
    /// Kubernetes puts them.
    ///
    /// It is right on 1.6, 1.7 and 2.1, seen with `config dump`.
    /// - Parameters:
    ///   - release: the release that will read it.
    ///   - head: comment lines to begin with, each with its `#`.
    ///   - builtInCNI: the directories of CNI plugins that its build has; they are kept where there is room.
    /// - Returns: the whole file.
    package static func new(
        for release: ContainerdRelease, head: [String], builtInCNI: [String] = [CNIDirectory.kubernetes]
    ) -> [UInt8] {
        let quote = release.isFirstLine ? "\"" : "'"
        let plugin = release.isFirstLine ? ContainerdPlugins.service : ContainerdPlugins.runtime
        let table = "plugins.\(quote)\(plugin)\(quote)"
        let directories = builtInCNI.filter { $0 != CNIDirectory.kubernetes } + [CNIDirectory.kubernetes]
        let list = directories.map { quote + $0 + quote }.joined(separator: ", ")
        var lines = head + ["version = \(release.fileVersion)", "", "[\(table).cni]"]
        lines.append(
            release.takesCNIDirectories
                ? "  bin_dirs = [\(list)]" : "  bin_dir = \(quote)\(CNIDirectory.kubernetes)\(quote)")
        lines.append("  conf_dir = \(quote)/etc/cni/net.d\(quote)")
        lines += ["", "[\(table).containerd.runtimes.runc]"]
        lines += ["  runtime_type = \(quote)\(ContainerdRuntime.runc)\(quote)"]
        lines += ["", "[\(table).containerd.runtimes.runc.options]", "  SystemdCgroup = true"]
        return Array(lines.map { $0 + "\n" }.joined().utf8)
    }
}
