internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The name that systemd gives the host at the next boot, before cloud-init and DHCP come.
///
/// - Source: rule P8; systemd `src/shared/hostname-setup.c` (`hostname_setup`), versions 249 to 257.
struct BootedHostname: Equatable, Sendable {
    /// Who says so.
    enum Origin: Equatable, Sendable {
        /// `systemd.hostname=` on the kernel's command line.
        case kernelArgument
        /// The line of /etc/hostname, and the name as it is written there.
        case file(line: Int, written: String)
        /// Nobody: the name that systemd was built with.
        case builtIn
    }

    var name: String
    var origin: Origin

    static let file: FilePath = "/etc/hostname"

    /// Computes the name.
    ///
    /// - Throws: when /etc/hostname is there and is no text, or too large.
    static func predict(_ host: HostView) async throws(ObservationError) -> BootedHostname {
        let text = try await host.files.text(at: file)
        if var name = try await host.commandLine().lastValue(of: "systemd.hostname") {
            if name.hasSuffix(".") { name.removeLast() }
            // systemd passes over a name that is none.
            if HostnameFile(parsing: name).bootName == name {
                return BootedHostname(name: name, origin: .kernelArgument)
            }
        }
        let written = HostnameFile(parsing: text ?? "")
        if let line = written.line, let name = written.bootName {
            return BootedHostname(name: name, origin: .file(line: line, written: written.name ?? name))
        }
        return BootedHostname(name: "localhost", origin: .builtIn)
    }
}
