internal import NodeState
internal import SystemPackage

/// Whether dockerd switches IPv4 forwarding on at each of its starts, and so at the next boot, whatever sysctl.d says.
///
/// - Source: dockerd(8), `--ip-forward` (true by default), `/etc/docker/daemon.json`; Debian's and Ubuntu's docker.service,
///   `EnvironmentFile=-/etc/default/docker`.
enum DockerForwarding {
    /// What it is read from.
    static let inputs: [Input] = BootedUnits.inputs + [.path("/etc/docker"), .path("/etc/default")]

    private static let unit = "docker.service"

    /// Where the unit lies when it starts at the next boot and nothing tells dockerd to leave forwarding alone; else `nil`.
    ///
    /// Any mention of the option counts as such a word: this answer only makes an error a warning.
    static func unit(_ host: HostView) async throws(ObservationError) -> FilePath? {
        var units = try await BootedUnits(host)
        guard let file = try await units.file(of: unit), try await units.start(of: unit).isCertain else { return nil }
        var texts = try await host.filesAtBoot(in: FilePath("systemd/system").appending("\(unit).d")).map(\.text)
        for path in [file, "/etc/docker/daemon.json", "/etc/default/docker"] {
            if let text = try await host.files.text(at: path) { texts.append(text) }
        }
        return texts.contains { $0.contains("ip-forward") } ? nil : file
    }
}
