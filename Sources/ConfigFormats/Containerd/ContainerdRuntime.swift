/// A runtime of the CRI, as one release of containerd makes it from its files.
package struct ContainerdRuntime: Sendable, Equatable {
    /// Its name in `runtimes`; `default` for the table `default_runtime` of 1.x.
    package let name: String

    /// Where its table stands, keys below the plugin's own table.
    package let path: [String]

    /// `runtime_type`; empty when 1.x has lost it, as it does when the table is there without it.
    package let type: String

    /// `options.SystemdCgroup`, in exactly this case; `nil` when it is not there or no boolean.
    package let systemdCgroup: Bool?

    /// A key of `options` that differs in case alone and that no release takes.
    package let misspelling: String?

    /// A key with a value that only the shim of old, `io.containerd.runtime.v1.linux`, allows.
    package let oldShimKey: String?

    /// The type that every release has, and that takes `SystemdCgroup`.
    package static let runc = "io.containerd.runc.v2"

    /// The types that are runc as well, by older shims: what is written for one of them serves runc.
    ///
    /// - Source: containerd `RELEASES.md`, "Deprecated features".
    static let oldTypes: Set<String> = ["", "io.containerd.runc.v1", "io.containerd.runtime.v1.linux"]

    /// Whether containers of this runtime get their cgroups from systemd.
    package var isRight: Bool { type == Self.runc && systemdCgroup == true }

    /// Whether it is runc, by whatever shim.
    package var isRunc: Bool { type == Self.runc || Self.oldTypes.contains(type) }

    /// Reads the runtime from its table; `nil` where a table is expected and something else stands.
    init?(_ name: String, at path: [String], in table: TOMLTable, type missing: String) {
        self.name = name
        self.path = path
        switch table["runtime_type"] {
        case nil: type = missing
        case .string(let written): type = written
        default: return nil
        }
        let options = table.table(at: ["options"])
        if case .boolean(let value)? = options?["SystemdCgroup"] { systemdCgroup = value } else { systemdCgroup = nil }
        misspelling = options?.keys.first { $0 != "SystemdCgroup" && $0.lowercased() == "systemdcgroup" }
        oldShimKey = ["runtime_engine", "runtime_root"].first { key in
            if case .string(let value)? = table[key] { return !value.isEmpty }
            return false
        }
    }

    /// runc as it is without a word in any file.
    init(defaultAt path: [String]) {
        name = "runc"
        self.path = path
        type = Self.runc
        systemdCgroup = false
        misspelling = nil
        oldShimKey = nil
    }
}
