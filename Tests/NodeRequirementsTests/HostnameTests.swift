import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("Hostname")
struct HostnameTests {
    private let requirement = Hostname(Configuration())

    private func seen(
        _ configured: String?, _ nodename: String, static name: String = "", booted: BootedHostname? = nil,
        isMember: Bool = false
    ) -> Hostname.Observation {
        Hostname.Observation(
            configured: configured, nodename: nodename, staticName: name, booted: booted,
            isMember: isMember)
    }

    private func parts(_ seen: Hostname.Observation, _ horizon: Horizon) -> (reasons: [String], changes: [Change]) {
        guard case .unmet(_, let findings, let proposals) = requirement.assess(seen, at: horizon) else {
            return ([], [])
        }
        #expect(proposals.allSatisfy { $0.autoClass == .untilJoined })
        return (findings.map(\.reason), proposals.map(\.change))
    }

    private func file(_ name: String, written: String? = nil) -> BootedHostname {
        BootedHostname(name: name, origin: .file(line: 1, written: written ?? name))
    }

    @Test("the configured name in force is met at both horizons")
    func met() {
        #expect(requirement.assess(seen("nuc01", "nuc01"), at: .now) == .met(observed: "the name is nuc01"))
        #expect(
            requirement.assess(seen("nuc01", "nuc01", booted: file("nuc01")), at: .nextBoot)
                == .met(observed: "the name will be nuc01"))
    }

    @Test("another name is set right by its own change, in whatever way it is another")
    func differing() {
        let set: [Change] = [.setHostname("nuc01")]
        #expect(parts(seen("nuc01", "debian"), .now) == (["kernel-name"], set))
        #expect(parts(seen("nuc01", "NUC01"), .now) == (["not-lowercase"], set))
        #expect(parts(seen("nuc01", "a\u{1}b"), .now) == (["kernel-name"], set))
        #expect(parts(seen("nuc01", "nuc01", static: "old"), .now) == (["transient-differs"], set))
        #expect(parts(seen("nuc01", "nuc01", booted: file("old")), .nextBoot) == (["static-name"], set))
        #expect(
            parts(seen("nuc01", "nuc01", booted: file("nuc01", written: "nuc\u{1}01")), .nextBoot) == (
                ["static-name"], set
            ))
        #expect(
            parts(seen("nuc01", "nuc01", booted: BootedHostname(name: "localhost", origin: .builtIn)), .nextBoot)
                == (["static-name"], set))
    }

    @Test("an argument of the kernel is told, and not edited")
    func argument() {
        let booted = BootedHostname(name: "old", origin: .kernelArgument)
        #expect(parts(seen("nuc01", "nuc01", booted: booted), .nextBoot) == (["kernel-argument"], []))
    }

    @Test("a node of a cluster is never renamed, and weighs no more than a warning here", arguments: Horizon.allCases)
    func member(_ horizon: Horizon) {
        let seen = seen("nuc01", "old", static: "old", booted: file("old"), isMember: true)
        guard case .unmet(_, let findings, let proposals) = requirement.assess(seen, at: horizon) else {
            Issue.record("judged met")
            return
        }
        #expect(findings.map(\.severity) == [.warning])
        #expect(findings.allSatisfy { $0.remedy != nil })
        #expect(proposals == [])
    }

    @Test("without nodes in the configuration the name that the host has is right, if a node may have it")
    func alone() {
        #expect(parts(seen(nil, "box"), .now) == ([], []))
        #expect(parts(seen(nil, "box", booted: file("old")), .nextBoot) == (["static-name"], [.setHostname("box")]))
        #expect(parts(seen(nil, "Box", booted: file("Box")), .nextBoot) == (["not-lowercase"], []))
        for name in ["localhost", "", "(none)", "a_b", "a\u{7}b", String(repeating: "a", count: 64)] {
            #expect(parts(seen(nil, name), .now) == (["bad-name"], []), "\(name)")
            #expect(parts(seen(nil, name, booted: file("x")), .nextBoot) == (["bad-name"], []), "\(name)")
        }
    }

    @Test("a name that every machine has by itself is a warning", arguments: ["debian", "ubuntu", "nuc"])
    func common(_ name: String) {
        guard case .unmet(_, let findings, _) = requirement.assess(seen(name, name), at: .now) else {
            Issue.record("judged met")
            return
        }
        #expect(findings.map(\.reason) == ["default-name"])
        #expect(findings.map(\.severity) == [.warning])
    }

    @Test("a name with an escape in it does not reach a report as one")
    func shown() {
        guard
            case .unmet(let observed, let findings, _) = requirement.assess(seen("nuc01", "a\u{1B}[31mb"), at: .now)
        else {
            Issue.record("judged met")
            return
        }
        for text in [observed] + findings.map(\.actual) {
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 })
        }
    }
}

@Suite("Hostname at boot")
struct BootedHostnameTests {
    private func booted(_ file: String?, _ commandLine: String = "quiet") async throws -> BootedHostname {
        let host = FakeHost(["/proc/cmdline": .text(commandLine), "/etc/hostname": file.map { .text($0) } ?? .absent])
        return try await BootedHostname.predict(host.view)
    }

    @Test("the argument goes before the file, and the file before what is built in")
    func order() async throws {
        #expect(try await booted("a\n", "systemd.hostname=b").name == "b")
        #expect(try await booted("a\n", "systemd.hostname=b systemd.hostname=c.").name == "c")
        #expect(try await booted("a\n", "systemd.hostname=b_c").name == "a")
        #expect(try await booted("a\n", "systemd.hostname=").name == "a")
        #expect(try await booted("#\n").origin == .builtIn)
        #expect(try await booted(nil).origin == .builtIn)
    }

    @Test("a file that cannot be read is unknown, whatever the argument says")
    func unreadable() async {
        let host = FakeHost([
            "/proc/cmdline": .text("systemd.hostname=b"), "/etc/hostname": .unreadable("permission denied"),
        ])
        await #expect(throws: ObservationError.self) { try await BootedHostname.predict(host.view) }
    }
}
