internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// What systemd-modules-load will do at the next boot.
///
/// - Source: rule P2; systemd `src/modules-load/modules-load.c`, `src/shared/module-util.c`, versions 249 to 257.
struct BootedModules: Equatable, Sendable {
    /// Where each listed module is listed first; names with `_`.
    var listed: [String: Evidence]
    /// What keeps a module out although it is listed; names with `_`.
    var denied: [String: Denial]

    /// One reason why a listed module is not loaded.
    struct Denial: Equatable, Sendable {
        /// The words that deny it.
        var text: String
        var evidence: Evidence
    }

    /// Computes what will be loaded, for the modules asked for.
    static func predict(_ modules: [String], _ host: HostView) async throws(ObservationError) -> BootedModules {
        let commandLine = try await host.commandLine()
        var listed: [String: Evidence] = [:]
        for file in try await host.filesAtBoot(in: "modules-load.d") {
            for entry in ModulesLoadFile(parsing: file.text).entries {
                let name = normalised(entry.module)
                if listed[name] == nil { listed[name] = Evidence(file.path, line: entry.line) }
            }
        }
        for key in ["modules_load", "rd.modules_load"] {
            for name in commandLine.values(of: key).flatMap({ $0.split(separator: ",") }).map(String.init) {
                if listed[normalised(name)] == nil { listed[normalised(name)] = Evidence("/proc/cmdline") }
            }
        }
        return BootedModules(listed: listed, denied: try await denials(of: modules, host))
    }

    /// The name as the kernel writes it.
    static func normalised(_ module: some StringProtocol) -> String {
        String(module.map { $0 == "-" ? "_" : $0 })
    }

    /// What keeps modules out, at boot and when they are loaded with the deny lists respected; names with `_`.
    static func denials(of modules: [String], _ host: HostView) async throws(ObservationError) -> [String: Denial] {
        let commandLine = try await host.commandLine()
        let texts = try await host.filesAtBoot(in: "modprobe.d")
        let files = texts.map { ModprobeFile(parsing: $0.text) }
        var denied: [String: Denial] = [:]
        for module in modules {
            let name = normalised(module)
            if let found = ModprobeFile.denial(of: module, in: files) {
                let word =
                    switch found.entry.directive {
                    case .blacklist: "blacklist \(module)"
                    case .install(let command): "install \(module) \(command)"
                    }
                denied[name] = Denial(
                    text: word, evidence: Evidence(texts[found.file].path, line: found.entry.line))
            }
            for key in ["modprobe.blacklist", "module_blacklist"] {
                let names = commandLine.values(of: key).flatMap { $0.split(separator: ",") }
                if names.contains(where: { normalised($0) == name }) {
                    denied[name] = Denial(text: "\(key)=\(module)", evidence: Evidence("/proc/cmdline"))
                }
            }
        }
        return denied
    }
}
