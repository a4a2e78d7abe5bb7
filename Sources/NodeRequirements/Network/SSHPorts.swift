internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The ports that sshd is told to listen on, and what listens there.
enum SSHPorts {
    /// The ports of sshd's configuration; where `ssh.socket` is enabled, its own: systemd listens in sshd's place then.
    ///
    /// - Throws: when a file of the configuration cannot be read, or sshd would refuse a port.
    /// - Source: sshd_config(5), `Port` and `ListenAddress`; systemd.socket(5), `ListenStream`.
    static func configured(_ host: HostView) async throws(ObservationError) -> Set<Int> {
        if try await BootedSSH.predict(host).starting[SSHServer.socket] != nil,
            let ports = try await SSHSocketUnit.read(host, at: .now)?.ports, !ports.isEmpty
        {
            return ports
        }
        var lines: [SSHDaemonFile.Line] = []
        var unknown: [UnknownKeyword] = []
        try await read(configuration, into: &lines, &unknown, depth: 0, host)
        var ports: Set<Int> = []
        var listening: Set<Int> = []
        var isBound = false
        for line in lines {
            switch line {
            case .port(let port): ports.insert(port)
            case .listenPort(let port): listening.insert(port)
            case .listen: isBound = true
            case .include: break
            }
        }
        if ports.isEmpty { ports = [22] }
        // Addresses with a port of their own leave `Port` to those without.
        return listening.isEmpty || isBound ? ports.union(listening) : listening
    }

    /// A word that begins a line of sshd's configuration and is no keyword that is known here.
    struct UnknownKeyword: Equatable, Sendable {
        var file: FilePath
        var line: Int
        var keyword: String
    }

    /// The first such word; `nil` when all are known.
    static func unknownKeyword(_ host: HostView) async throws(ObservationError) -> UnknownKeyword? {
        var lines: [SSHDaemonFile.Line] = []
        var unknown: [UnknownKeyword] = []
        try await read(configuration, into: &lines, &unknown, depth: 0, host)
        return unknown.first
    }

    private static let configuration: FilePath = "/etc/ssh/sshd_config"

    /// The sockets that listen on one of `ports`.
    static func listeners(on ports: Set<Int>, _ host: HostView) async throws(ObservationError)
        -> [ListeningSockets.Entry]
    {
        var found: [ListeningSockets.Entry] = []
        var isThere = false
        for path: FilePath in ["/proc/net/tcp", "/proc/net/tcp6"] {
            // A row has 150 bytes, and a busy host thousands of connections.
            guard let bytes = try await host.files.bytes(at: path, limit: 16 << 20) else { continue }
            isThere = true
            do throws(ParseError) {
                found += try ListeningSockets(parsing: bytes).entries.filter { ports.contains($0.port) }
            } catch {
                throw ObservationError(reading: path.string, cause: error.description)
            }
        }
        // Without IPv6 the second file is missing; without the first one nothing was looked at.
        guard isThere else { throw ObservationError(reading: "/proc/net/tcp", cause: "it is absent") }
        return found
    }

    /// - Source: openssh `servconf.c`, `SERVCONF_MAX_DEPTH`: sshd follows includes 16 deep.
    private static func read(
        _ path: FilePath, into lines: inout [SSHDaemonFile.Line], _ unknown: inout [UnknownKeyword], depth: Int,
        _ host: HostView
    ) async throws(ObservationError) {
        guard depth < 16 else { throw ObservationError(reading: path.string, cause: "it is included too deeply") }
        guard let text = try await host.files.text(at: path) else { return }
        let file: SSHDaemonFile
        do throws(ParseError) {
            file = try SSHDaemonFile(parsing: text)
        } catch {
            throw ObservationError(reading: path.string, cause: error.description)
        }
        unknown += file.unknownKeywords.map { UnknownKeyword(file: path, line: $0.line, keyword: $0.keyword) }
        for line in file.lines {
            guard case .include(let pattern) = line else {
                lines.append(line)
                continue
            }
            for file in try await files(matching: pattern, host) {
                try await read(file, into: &lines, &unknown, depth: depth + 1, host)
            }
        }
    }

    /// The files that a pattern names, in the order of their names; wildcards count in the last part alone.
    private static func files(matching pattern: String, _ host: HostView) async throws(ObservationError) -> [FilePath] {
        var path = FilePath(pattern)
        if !path.isAbsolute { path = FilePath("/etc/ssh").pushing(path) }
        guard let last = path.lastComponent?.string else { return [] }
        guard GlobPattern.isPattern(pattern) else { return [path] }
        let folder = path.removingLastComponent()
        guard !GlobPattern.isPattern(folder.string) else {
            throw ObservationError(reading: path.string, cause: "such a pattern is not understood here")
        }
        return try await host.files.names(in: folder)
            .filter { !$0.hasPrefix(".") && GlobPattern(last, as: .shell).matches($0) }
            .map { folder.appending($0) }
    }
}
