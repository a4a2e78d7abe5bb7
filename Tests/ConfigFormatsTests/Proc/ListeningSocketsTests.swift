import Testing

@testable import ConfigFormats

@Suite("Listening sockets")
struct ListeningSocketsTests {
    private let head =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

    private func row(_ local: String, _ state: String = "0A") -> String {
        "   0: \(local) 00000000:0000 \(state) 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0\n"
    }

    private func sockets(_ rows: String...) throws -> [ListeningSockets.Entry] {
        try ListeningSockets(parsing: Array((head + rows.joined()).utf8)).entries
    }

    @Test("only those that listen count, with their port")
    func listening() throws {
        #expect(try sockets(row("00000000:0016"), row("0B32A8C0:0016", "01")) == [.init(port: 22, isAny: true)])
        #expect(try sockets(row("0B32A8C0:08AE")) == [.init(port: 2222)])
        #expect(try sockets() == [])
    }

    @Test(
        "what only the machine itself can reach is loopback, in all its forms",
        arguments: [
            ("0100007F:0016", true), ("3500007F:0016", true), ("7F000001:0016", false),
            ("00000000000000000000000001000000:0016", true), ("0000000000000000FFFF00000100007F:0016", true),
            ("00000000000000000000000000000000:0016", false), ("000080FE00000000FF005450B6AD1DFE:0016", false),
            ("0000000000000000FFFF00000B32A8C0:0016", false), ("00000000000000000000000000000001:0016", false),
        ])
    func loopback(_ local: String, _ isLoopback: Bool) throws {
        #expect(try sockets(row(local)).map(\.isLoopback) == [isLoopback])
    }

    @Test(
        "a row that the kernel does not write is refused",
        arguments: [
            "x\n", "0: 0:0 0:0 0A\n", "0: 0100007F 0:0 0A\n", "0: 0100007F:00160 0:0 0A\n", "0: +100007F:0016 0:0 0A\n",
            "0: 0100007F:0016 0:0 ZZ\n",
        ])
    func refused(_ row: String) {
        let error = #expect(throws: ParseError.self) { _ = try sockets(row) }
        #expect(error?.line == 2)
    }
}

@Suite("sshd's configuration")
struct SSHDaemonFileTests {
    @Test("ports, addresses with and without a port, and includes are read")
    func lines() throws {
        let text = """
            # Port 1
            Include /etc/ssh/sshd_config.d/*.conf "/etc/ssh/more of it"
            Port 22
              port=2222 # the other
            PORT = "2022"
            ListenAddress 0.0.0.0
            ListenAddress 192.168.1.5:2200
            ListenAddress [::]
            ListenAddress [::1]:2201
            ListenAddress fe80::1
            PortForwarding no
            """
        #expect(
            try SSHDaemonFile(parsing: text).lines == [
                .include("/etc/ssh/sshd_config.d/*.conf"), .include("/etc/ssh/more of it"), .port(22), .port(2222),
                .port(2022), .listen, .listenPort(2200), .listen, .listenPort(2201), .listen,
            ])
    }

    @Test("what a Match begins is not for all")
    func match() throws {
        #expect(try SSHDaemonFile(parsing: "Match User a\n Port 2\nInclude x\n").lines == [])
    }

    @Test(
        "a port that sshd refuses is refused",
        arguments: [
            "Port\n", "Port 0\n", "Port 65536\n", "Port ssh\n", "ListenAddress a:b\n", "ListenAddress\n", "Port +22\n",
        ])
    func refused(_ text: String) {
        #expect(throws: ParseError.self) { _ = try SSHDaemonFile(parsing: text) }
    }
}
