internal import ConfigFormats

/// What `containerd config dump` makes of a candidate, and whether that is what was meant.
///
/// The exit status proves nothing: 1.6 reads a version that it does not know as its defaults, and a table of the wrong
/// version as nothing.
///
/// - Source: `containerd config dump` of 1.6.20, 1.7.24 and 2.1.9.
struct ContainerdDump {
    private static let criNames: Set<String> = [
        "cri", "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images",
    ]

    /// Why the dump is not what the candidate is meant to be, if it is not.
    ///
    /// - Parameters:
    ///   - dump: what containerd printed.
    ///   - candidate: the file that it was asked about.
    ///   - former: what it printed of the file that the candidate is to replace; `nil` when it reads none there.
    /// - Returns: the fault in words, to follow the name of the file.
    static func fault(in dump: [UInt8], of candidate: [UInt8], former: [UInt8]? = nil) -> String? {
        let (said, meant): (TOMLTable, TOMLTable)
        do throws(ParseError) {
            meant = try TOMLText(bytes: candidate).root
        } catch {
            return "the new text is no TOML: \(error)"
        }
        do throws(ParseError) {
            said = try TOMLText(bytes: dump).root
        } catch {
            return "what containerd says of it is no TOML: \(error)"
        }
        let disabled = Set(said.strings("disabled_plugins")).intersection(criNames)
        if !disabled.isEmpty, Set(meant.strings("disabled_plugins")).isDisjoint(with: criNames) {
            return "containerd still reads the CRI as disabled (\(disabled.sorted().joined(separator: ", ")))"
        }
        guard let containerd = containerd(in: said) else {
            return disabled.isEmpty ? "containerd reads no settings of the CRI in it" : nil
        }
        let name = containerd.string("default_runtime_name") ?? "runc"
        guard let runtime = containerd.table("runtimes")?.table(name) else {
            return "containerd reads no runtime \(name) in it"
        }
        guard runtime.string("runtime_type")?.isEmpty == false else {
            return "containerd reads an empty runtime_type for \(name)"
        }
        if wantsSystemd(meant), runtime.table("options")?["SystemdCgroup"] != .boolean(true) {
            return "containerd does not read SystemdCgroup = true for \(name)"
        }
        if let directories = cniDirectories(in: said),
            directories.allSatisfy({ ["", CNIDirectory.debian].contains($0) })
        {
            return "containerd would look for CNI plugins in \(directories.joined(separator: ", ")) alone"
        }
        guard let former, let text = try? TOMLText(bytes: former),
            let loss = ContainerdLoss(from: text.root, to: said, stated: meant)
        else { return nil }
        return "containerd would no longer read \(loss) as it does now"
    }

    private static func containerd(in root: TOMLTable) -> TOMLTable? {
        let plugins = root.table("plugins")
        let scopes = ["io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri"]
        return scopes.lazy.compactMap { plugins?.table($0)?.table("containerd") }.first
    }

    /// Where it would look for CNI plugins; `nil` when the dump does not say it.
    private static func cniDirectories(in root: TOMLTable) -> [String]? {
        let plugins = root.table("plugins")
        let scopes = ["io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri"]
        guard let table = scopes.lazy.compactMap({ plugins?.table($0)?.table("cni") }).first else { return nil }
        let list = table.strings("bin_dirs")
        let single = table.string("bin_dir").map { [$0] }
        return (list.isEmpty ? single : list).map { $0.map(CNIDirectory.normalised) }
    }

    /// Whether any runtime of the text is to use systemd's cgroups.
    private static func wantsSystemd(_ table: TOMLTable) -> Bool {
        table.keys.contains { key in
            switch table[key] {
            case .boolean(true): key == "SystemdCgroup"
            case .table(let inner): wantsSystemd(inner)
            default: false
            }
        }
    }
}

extension TOMLTable {
    fileprivate func table(_ key: String) -> TOMLTable? { if case .table(let table) = self[key] { table } else { nil } }

    fileprivate func string(_ key: String) -> String? { if case .string(let text) = self[key] { text } else { nil } }

    fileprivate func strings(_ key: String) -> [String] {
        guard case .array(let nodes) = self[key] else { return [] }
        return nodes.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }
}
