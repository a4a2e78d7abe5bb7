internal import ConfigFormats
internal import FoundationEssentials

/// The corpus' files of containerd, each with what is known of it.
struct ContainerdSample: CustomStringConvertible {
    /// What is known about one file, from reading it apart and from `config dump` of 1.6.20.
    struct Expected: Decodable {
        var valid: Bool
        var template: Bool?
        var ok: Bool?
        var version: Int?
        var want: String?
        var runtimes: [String: Bool?]?
        var runc: Bool?
        var runc_runtime_type: String?
        var default_runtime_name: String?
        var legacy_systemd_cgroup: Bool?
        var disabled: [String]?
        var bad_disabled: [String]?
        var imports: [String]?
    }

    var description: String
    var bytes: [UInt8]
    var expected: Expected

    /// The release that a file of its version is meant for.
    var release: ContainerdRelease {
        switch expected.version ?? 1 {
        case ...2: ContainerdRelease(major: 1, minor: 6)
        case 3: ContainerdRelease(major: 2, minor: 1)
        default: ContainerdRelease(major: 2, minor: 3)
        }
    }

    /// All of them, by name.
    static func all() throws -> [ContainerdSample] {
        let everything = try JSONDecoder().decode([String: Loose].self, from: Data(bytes("expected.json")))
        return try everything.keys.filter { $0.hasPrefix("containerd/") }.sorted().compactMap { name in
            guard let expected = everything[name]?.containerd else { return nil }
            return ContainerdSample(description: name, bytes: try bytes(name), expected: expected)
        }
    }

    /// What the packages of Debian print as their default: 1.6, 1.7 and 2.1.
    static func defaults() throws -> [(name: String, bytes: [UInt8], release: ContainerdRelease)] {
        try [("bookworm-1.6", 1, 6), ("trixie-1.7", 1, 7), ("sid-2.1", 2, 1)].map { name, major, minor in
            (name, try bytes("containerd-defaults/\(name).toml"), ContainerdRelease(major: major, minor: minor))
        }
    }

    /// Rows of other kinds have other keys, and are passed over.
    private struct Loose: Decodable {
        var containerd: Expected?

        init(from decoder: any Decoder) throws { containerd = try? Expected(from: decoder) }
    }

    private static func bytes(_ name: String) throws -> [UInt8] {
        guard let folder = Corpus.folder, let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
            throw CocoaError(.fileReadNoSuchFile)
        }
        return Array(data)
    }
}

/// What the corpus means by a file that is right, of whatever release.
struct ContainerdView: Equatable {
    var version: Int?
    var runc: Bool?
    var runtimes: [String: Bool?]
    var runtimeType: String?
    var defaultName: String?
    var legacy: Bool?
    var disabled: [String]
    var imports: [String]?

    init(_ file: ContainerdFile, scope: String) {
        version = file.version
        let table = file.plugins.table(at: [scope])
        let all = table?.table(at: ["containerd", "runtimes"])
        runtimes = [:]
        for name in all?.keys ?? [] {
            runtimes.updateValue(all?.value(at: [name, "options", "SystemdCgroup"])?.boolean, forKey: name)
        }
        runc = all?.value(at: ["runc", "options", "SystemdCgroup"])?.boolean
        runtimeType = all?.value(at: ["runc", "runtime_type"])?.string
        defaultName = table?.value(at: ["containerd", "default_runtime_name"])?.string
        legacy = table?["systemd_cgroup"]?.boolean
        disabled = file.disabledPlugins.filter { ContainerdPlugins.cri.contains($0) }
        imports = file.imports
    }

    init(_ expected: ContainerdSample.Expected) {
        version = expected.version
        runc = expected.runc
        runtimes = expected.runtimes ?? [:]
        runtimeType = expected.runc_runtime_type
        defaultName = expected.default_runtime_name
        legacy = expected.legacy_systemd_cgroup
        disabled = (expected.disabled ?? []) + (expected.bad_disabled ?? [])
        imports = expected.imports
    }

    var isOK: Bool { runc == true && legacy != true && disabled.isEmpty }

    /// The table of the CRI in a file of a version.
    static func scope(_ version: Int?) -> String {
        switch version ?? 1 {
        case ...1: ContainerdPlugins.short
        case 2: ContainerdPlugins.service
        default: ContainerdPlugins.runtime
        }
    }
}

extension TOMLNode {
    var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    var string: String? { if case .string(let value) = self { value } else { nil } }

    /// Every value below, by its keys and indexes.
    func leaves(at path: String = "", plugin: (String) -> String = { $0 }) -> [String: TOMLNode] {
        switch self {
        case .table(let table):
            let empty: [String: TOMLNode] = table.keys.isEmpty ? [path: self] : [:]
            return table.keys.reduce(into: empty) { all, key in
                let name = path == "/plugins" ? plugin(key) : key
                for (path, value) in table[key]?.leaves(at: "\(path)/\(name)", plugin: plugin) ?? [:] {
                    all[path] = value
                }
            }
        default: return [path: self]
        }
    }
}
