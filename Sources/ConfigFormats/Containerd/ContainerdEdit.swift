/// Why containerd's files are left byte for byte as they are.
package enum ContainerdRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file is what a template engine makes a file of.
    case template(path: String)
    /// The file is no TOML, or a value in it has another type.
    case invalid(path: String, ParseError)
    /// The file is of a version that nobody knows yet.
    case newer(path: String, version: Int)
    /// This release reads no file of that version.
    case unread(path: String, version: Int, release: ContainerdRelease)
    /// A plugin of version 1 has no one name in version 2.
    case ambiguousPlugin(path: String, name: String)
    /// A runtime has a setting that its shim of old alone allows.
    case oldShim(path: String, runtime: String, key: String)
    /// The file has a shape that the edit does not fit in.
    case shape(path: String, TOMLEditError)
    /// The edit was made, and what it leads to is not right.
    case unproven(path: String, String)

    /// The file.
    package var path: String {
        switch self {
        case .template(let path), .invalid(let path, _), .newer(let path, _), .unread(let path, _, _),
            .ambiguousPlugin(let path, _), .oldShim(let path, _, _), .shape(let path, _), .unproven(let path, _):
            path
        }
    }

    package var description: String {
        switch self {
        case .template: "it is a template, not what a template makes"
        case .invalid(_, let error): "it does not parse: \(error)"
        case .newer(_, let version): "it is of version \(version), which is newer than nucprep knows"
        case .unread(_, let version, let release): "containerd \(release) reads no file of version \(version)"
        case .ambiguousPlugin(_, let name): "the plugin \"\(name)\" has no one name in a file of version 2"
        case .oldShim(_, let runtime, let key): "\(key) of the runtime \(runtime) holds for its old shim alone"
        case .shape(_, let error): "\(error)"
        case .unproven(_, let why): why
        }
    }

    /// The refusal of a file that could not be read.
    package init(path: String, bytes: [UInt8], error: ParseError) {
        let markers = ["{{", "{%", "<%", "{#"]
        let text = String(decoding: bytes, as: UTF8.self)
        self = markers.contains { text.contains($0) } ? .template(path: path) : .invalid(path: path, error)
    }
}

/// The smallest edit with which containerd serves the CRI, has systemd make the cgroups of runc and of the default
/// runtime, and looks for CNI plugins where Kubernetes puts them.
///
/// All of it is one edit, so that one restart serves all. A file keeps its version, but a file of version 1 becomes one of
/// version 2, every plugin renamed, where nothing in it is of version 1 or 2.x reads it.
package struct ContainerdEdit: Sendable, Equatable {
    /// A file as it is to be.
    package struct File: Sendable, Equatable {
        /// The path that came with the file.
        package let path: String
        /// The bytes that the edit was made from.
        package let before: [UInt8]
        /// The bytes that it makes.
        package let after: [UInt8]
    }

    /// The files that change, in the order of reading; none when all is right.
    package let files: [File]

    /// Makes the edit.
    ///
    /// - Throws: when there is no such edit; nothing is to be changed then.
    package init(of configuration: ContainerdConfiguration) throws(ContainerdRefusal) {
        try Self.checkVersions(configuration)
        var maker = try ContainerdEditMaker(configuration)
        try maker.enableCRI()
        try maker.raiseIfNeeded()
        for name in maker.names { try maker.makeRight(name) }
        try maker.searchKubernetesCNI()
        let edited = try maker.files()
        try Self.prove(edited, from: configuration)
        files = zip(configuration.files, edited).compactMap { old, new in
            old.bytes == new.bytes ? nil : File(path: old.path, before: old.bytes, after: new.bytes)
        }
    }

    private static func checkVersions(_ configuration: ContainerdConfiguration) throws(ContainerdRefusal) {
        for file in configuration.files {
            if let version = file.version, version > 4 { throw .newer(path: file.path, version: version) }
        }
        guard configuration.version > configuration.release.newestFileVersion else { return }
        let file = configuration.files.last { $0.version == configuration.version } ?? configuration.files[0]
        throw .unread(path: file.path, version: configuration.version, release: configuration.release)
    }

    /// Judges the edited files as any others: what is not right after all is not written.
    private static func prove(_ files: [ContainerdFile], from old: ContainerdConfiguration) throws(ContainerdRefusal) {
        let new = ContainerdConfiguration(files, for: old.release, builtInCNI: old.builtInCNI)
        let path = files.first?.path ?? ""
        if let fault = new.startFault { throw .unproven(path: fault.place.path, fault.text) }
        if let disabling = new.disablings.first {
            throw .unproven(path: disabling.place.path, "\"\(disabling.name)\" would stay disabled")
        }
        if let legacy = new.legacyKey { throw .unproven(path: legacy.path, "systemd_cgroup would stay true") }
        guard new.searchesKubernetesCNI || new.hasOwnCNIDirectory || files.isEmpty else {
            throw .unproven(path: path, "\(CNIDirectory.kubernetes) would not be searched for CNI plugins")
        }
        guard let fault = new.cgroupFault, fault != .otherType, new.defaultRuntime != nil else { return }
        throw .unproven(path: path, "the runtime \(new.defaultRuntimeName) would not be right")
    }
}
