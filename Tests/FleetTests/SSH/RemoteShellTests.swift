import Testing

@testable import Fleet

@Suite("Remote shell")
struct RemoteShellTests {
    @Test("asks for no terminal, no forwarding, no password, and names the command last")
    func arguments() throws {
        let words = try RemoteShell(target: "nuc02", controlPath: "/run/nucprep/ssh/%C").arguments
        #expect(
            words == [
                "-T", "-x", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "ServerAliveInterval=5", "-o",
                "ServerAliveCountMax=2", "-o", "ForwardAgent=no", "-o", "ClearAllForwardings=yes", "-o",
                "PermitLocalCommand=no", "-o", "ControlMaster=auto", "-o", "ControlPath=/run/nucprep/ssh/%C", "-o",
                "ControlPersist=60", "--", "nuc02", "nucprep", "dial-stdio",
            ])
    }

    @Test("leaves the control options out when connections are not kept")
    func withoutControl() throws {
        #expect(try !RemoteShell(target: "nuc02").arguments.contains { $0.hasPrefix("Control") })
    }

    @Test("says nothing about host keys", arguments: [nil, "/run/nucprep/ssh/%C"])
    func hostKeys(_ controlPath: String?) throws {
        let text = try RemoteShell(target: "nuc02", controlPath: controlPath).arguments.joined(separator: " ")
            .lowercased()
        for option in [
            "stricthostkeychecking", "userknownhostsfile", "globalknownhostsfile", "hostkeyalias", "checkhostip",
            "verifyhostkeydns", "knownhostscommand", "updatehostkeys",
        ] {
            #expect(!text.contains(option))
        }
    }

    @Test("lets ssh, or the command there, ask on the terminal only where that is meant")
    func modes() throws {
        let asking = try RemoteShell(target: "nuc02", mode: .asking, command: ["true"]).arguments
        #expect(asking.first == "-T" && asking.suffix(3) == ["--", "nuc02", "true"])
        let terminal = try RemoteShell(target: "nuc02", mode: .terminal, command: ["sudo", "true"]).arguments
        #expect(terminal.first == "-t")
        for words in [asking, terminal] {
            #expect(!words.contains { $0.hasPrefix("BatchMode") || $0.lowercased().contains("hostkey") })
            #expect(words.contains("ClearAllForwardings=yes") && words.contains("ForwardAgent=no"))
        }
    }

    @Test(
        "takes hosts, addresses and users", arguments: ["nuc02", "root@192.168.1.12", "[fd00::1%25eno1]", "a_b-c.d:22"])
    func takes(_ target: String) { #expect(RemoteShell.isTarget(target)) }

    @Test(
        "refuses what could be an option or reach a command",
        arguments: [
            "", "-oProxyCommand=id", "a b", "a;b", "a$(id)", "a`id`", "a\nb", "é", "a/b",
            String(repeating: "a", count: 256),
        ])
    func refuses(_ target: String) {
        #expect(!RemoteShell.isTarget(target))
        #expect(throws: InventoryError.self) { try RemoteShell(target: target) }
    }
}
