extension ContainerdEditMaker {
    /// Has containerd look for CNI plugins where Kubernetes puts them.
    ///
    /// Where there is room for one directory, Debian's is replaced and a person's own is left; a list gets one more at its
    /// end.
    mutating func searchKubernetesCNI() throws(ContainerdRefusal) {
        guard !edits.isEmpty, !current.searchesKubernetesCNI, !current.hasOwnCNIDirectory else { return }
        guard release.takesCNIDirectories else { return try setSingle() }
        switch current.cniSetting {
        case .list(let plugin, _):
            let path = ["plugins", plugin, "cni", "bin_dirs"]
            guard let index = current.files.lastIndex(where: { $0.value(at: path) != nil }) else { return }
            try edit(index) { (file) throws(TOMLEditError) in try file.append(CNIDirectory.kubernetes, to: path) }
        case .single(let plugin, _): try makeList(of: plugin)
        case nil:
            let path = ["plugins", current.scopes[0], "cni", "bin_dirs"]
            let list = current.cniDirectories + [CNIDirectory.kubernetes]
            try edit(0) { (file) throws(TOMLEditError) in try file.set(path, to: .strings(list)) }
        }
    }

    /// Writes `bin_dir` where it counts.
    private mutating func setSingle() throws(ContainerdRefusal) {
        var plugin = current.scopes[current.scopes.count - 1]
        if case .single(let holder, _)? = current.cniSetting { plugin = holder }
        let path = ["plugins", plugin, "cni", "bin_dir"]
        // 2.0 merges key by key; of 1.x the last file with the plugin has all of it.
        let named = release.isFirstLine ? nil : current.files.lastIndex { $0.value(at: path) != nil }
        let index = named ?? deciding(["plugins", plugin])
        try edit(index) { (file) throws(TOMLEditError) in
            try file.set(path, to: .string(CNIDirectory.kubernetes))
        }
    }

    /// Makes `bin_dir`, wherever it stands, a list of its directory and one more.
    private mutating func makeList(of plugin: String) throws(ContainerdRefusal) {
        let table = ["plugins", plugin, "cni"]
        let list = current.cniDirectories + [CNIDirectory.kubernetes]
        guard list.allSatisfy({ $0.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 34 && $0 != 39 && $0 != 92 } }) else {
            throw .unproven(path: current.files[0].path, "bin_dir is no plain path")
        }
        for index in edits.indices where current.files[index].value(at: table + ["bin_dir"]) != nil {
            try edit(index) { (file) throws(TOMLEditError) in
                try file.rename(table + ["bin_dir"], to: "bin_dirs")
                try file.set(table + ["bin_dirs"], to: .strings(list))
            }
        }
    }
}
