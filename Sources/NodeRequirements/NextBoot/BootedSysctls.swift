internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// What systemd-sysctl will write at the next boot.
///
/// Who writes later (ufw, networkd, docker, a pod) is not part of it, nor whether the kernel takes the value.
/// - Source: rule P3; systemd `src/sysctl/sysctl.c`, versions 249 to 257.
struct BootedSysctls: Equatable, Sendable {
    /// One setting in the order of writing.
    struct Setting: Equatable, Sendable {
        /// The place below `/proc/sys`, or a pattern of such places.
        var path: String
        /// `nil` keeps patterns off the path.
        var value: String?
        var evidence: Evidence

        /// Whether the first word of the value is `one`; the kernel reads no further where it wants one number.
        func isSet(to one: String) -> Bool {
            value?.split(whereSeparator: \.isWhitespace).first.map { $0 == one } ?? false
        }
    }

    /// The files that are read, in their order, our own included when it is there.
    var files: [LayeredText]
    /// What is read after all files: the credential `sysctl.extra`.
    var credential: LayeredText?

    /// The file that nucprep owns.
    static let ownFile: FilePath = "/etc/sysctl.d/99-zz-nucprep.conf"

    /// Reads what the next boot will read.
    ///
    /// - Throws: when a file is there and cannot be read, or a credential is given in a way that is not followed here.
    static func predict(_ host: HostView) async throws(ObservationError) -> BootedSysctls {
        let files = try await host.filesAtBoot(in: "sysctl.d")
        guard try await SystemdVersion.installed(host) ?? 0 >= 252 else { return BootedSysctls(files: files) }
        return BootedSysctls(files: files, credential: try await credential(host))
    }

    /// The folders in which the credential may lie on disk.
    static let stores: [FilePath] = ["/etc/credstore", "/usr/local/lib/credstore", "/usr/lib/credstore"]
    private static let encryptedStores: [FilePath] = [
        "/etc/credstore.encrypted", "/usr/local/lib/credstore.encrypted", "/usr/lib/credstore.encrypted",
    ]

    /// What everything here is read from.
    static let inputs: [Input] =
        layeredInputs("sysctl.d") + [.path("/etc/sysctl.conf")] + (stores + encryptedStores).map { .path($0) }

    /// The credential that the machine or a folder of credentials gives.
    ///
    /// - Source: systemd.exec(5), `LoadCredential=`, `ImportCredential=`; systemd-sysctl.service(8), "Credentials".
    private static func credential(_ host: HostView) async throws(ObservationError) -> LayeredText? {
        let name: FilePath.Component = "sysctl.extra"
        // What the firmware or the command line hands over lies here at every boot.
        for folder in ["/run/credentials/@system"] + stores {
            let path = folder.appending(name)
            if let text = try await host.files.text(at: path) { return LayeredText(path: path, text: text) }
        }
        for folder in encryptedStores where try await host.files.kind(of: folder.appending(name)) != nil {
            throw ObservationError(reading: folder.appending(name).string, cause: "it is encrypted")
        }
        let commandLine = try await host.commandLine()
        for key in ["systemd.set_credential", "systemd.set_credential_binary"] {
            guard commandLine.values(of: key).contains(where: { $0.hasPrefix("sysctl.extra:") }) else { continue }
            throw ObservationError(reading: "/proc/cmdline", cause: "the credential sysctl.extra in it is not followed")
        }
        return nil
    }

    /// The same with our own file as it is to be.
    func adding(own text: String) -> BootedSysctls { adding(text, at: Self.ownFile) }

    /// The same with a file in place of those of its name.
    func adding(_ text: String, at path: FilePath) -> BootedSysctls {
        var changed = self
        changed.files.removeAll { $0.path.lastComponent == path.lastComponent }
        changed.files.append(LayeredText(path: path, text: text))
        changed.files.sort { one, other in
            let names = [one, other].map { $0.path.lastComponent?.string ?? "" }
            return names[0].utf8.lexicographicallyPrecedes(names[1].utf8)
        }
        return changed
    }

    /// The settings in the order of writing.
    ///
    /// The same value for a key again keeps its place; another value takes the key to its own place.
    var settings: [Setting] {
        var settings: [Setting?] = []
        var places: [String: Int] = [:]
        for file in files + [credential].compactMap({ $0 }) {
            for entry in SysctlFile(parsing: file.text).entries {
                let path = entry.path
                if let place = places[path] {
                    if settings[place]?.value == entry.value { continue }
                    settings[place] = nil
                }
                places[path] = settings.count
                let evidence = Evidence(file.path, line: entry.line)
                settings.append(Setting(path: path, value: entry.value, evidence: evidence))
            }
        }
        return settings.compactMap { $0 }
    }

    /// Whether a line names one of these places itself and sets it to `value`.
    func names(_ paths: [String], as value: String) -> Bool {
        settings.contains { paths.contains($0.path) && $0.isSet(to: value) }
    }

    /// The last setting that reaches a variable, named by all the places below `/proc/sys` that are this one; `nil` when
    /// none does.
    func winner(of paths: [String]) -> Setting? {
        let settings = settings
        let named = Set(settings.map(\.path))
        return settings.last { setting in
            guard setting.value != nil else { return false }
            if paths.contains(setting.path) { return true }
            guard SysctlFile.isPattern(setting.path) else { return false }
            // A pattern leaves alone what is named, wherever that stands.
            return paths.contains { !named.contains($0) && SysctlFile.matches(setting.path, $0) }
        }
    }
}
