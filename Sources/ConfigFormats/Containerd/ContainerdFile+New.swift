extension ContainerdFile {
    /// A complete small file for a release: the CRI on, and runc's cgroups made by systemd.
    ///
    /// It is right on 1.6, 1.7 and 2.1, seen with `config dump`.
    /// - Parameters:
    ///   - release: the release that will read it.
    ///   - head: comment lines to begin with, each with its `#`.
    ///   - cniDirectory: where the CNI plugins lie, when that is not where this containerd looks by itself.
    /// - Returns: the whole file.
    package static func new(for release: ContainerdRelease, head: [String], cniDirectory: String?) -> [UInt8] {
        let quote = release.isFirstLine ? "\"" : "'"
        let plugin = release.isFirstLine ? ContainerdPlugins.service : ContainerdPlugins.runtime
        let table = "plugins.\(quote)\(plugin)\(quote)"
        var lines = head + ["version = \(release.fileVersion)"]
        if let cniDirectory {
            let key = release.isFirstLine ? "bin_dir" : "bin_dirs"
            let value = quote + cniDirectory + quote
            lines += ["", "[\(table).cni]", "  \(key) = " + (release.isFirstLine ? value : "[\(value)]")]
            lines += ["  conf_dir = \(quote)/etc/cni/net.d\(quote)"]
        }
        lines += ["", "[\(table).containerd.runtimes.runc]"]
        lines += ["  runtime_type = \(quote)\(ContainerdRuntime.runc)\(quote)"]
        lines += ["", "[\(table).containerd.runtimes.runc.options]", "  SystemdCgroup = true"]
        return Array(lines.map { $0 + "\n" }.joined().utf8)
    }
}
