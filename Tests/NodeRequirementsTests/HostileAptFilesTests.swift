import ConfigFormats
import LinuxHost
import NodeEngine
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("apt's files of every kind")
struct HostileAptFilesTests {
    /// What is put at the place of one of apt's files.
    enum Trouble: String, CaseIterable, Sendable {
        case huge, folder, loop, binary, zeros
    }

    private static let places: [FilePath] = [
        "/etc/apt/sources.list", "/etc/apt/sources.list.d/a.list", "/etc/apt/sources.list.d/a.sources",
        "/etc/apt/preferences", "/etc/apt/preferences.d/a", "/etc/apt/apt.conf", "/etc/apt/apt.conf.d/a",
        WantedRepository.keyring,
    ]

    private static let requirements: [any Requirement] = [
        AptKey(Configuration()), AptRepository(Configuration()), AptPins(Configuration()),
        UnattendedUpgrades(Configuration()),
    ]

    @Test("no answer is met because of a file that is none, and none is changed", arguments: places, Trouble.allCases)
    func trouble(place: FilePath, trouble: Trouble) async throws {
        var record = HostRecord()
        record.now = 1_785_283_200 * 1_000_000
        record.policy = ""
        record.units = [:]
        let host = try ScratchHost(record: record)
        let status = "Package: unattended-upgrades\nStatus: install ok installed\nVersion: 2.9\nArchitecture: all\n\n"
        try host.tree.write(status, to: "/var/lib/dpkg/status")
        switch trouble {
        case .huge: try host.tree.write([UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20 + 1), to: place)
        case .folder: try host.tree.write("", to: place.appending("x"))
        case .loop: try host.tree.link(place, to: FilePath(place.lastComponent?.string ?? ""))
        case .binary: try host.tree.write((0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 37) }, to: place)
        case .zeros: try host.tree.write([UInt8](repeating: 0, count: 5_000), to: place)
        }
        let before = try host.tree.inventory()
        let looks = await Inspector(Self.requirements).look(at: host.view)
        #expect(try host.tree.inventory() == before)
        for look in looks where look.entry.id != "unattended-upgrades" {
            for answer in [look.now, look.nextBoot] {
                if case .success(.met(let observed)) = answer { Issue.record("\(look.entry.id) is met: \(observed)") }
            }
        }
    }

    @Test("a keyring that a thousand lines name is read as often as one that a single line names")
    func repeatedEntries() async throws {
        var counts: [Int] = []
        for lines in [1, 1000] {
            var record = HostRecord()
            record.now = 1_785_283_200 * 1_000_000
            record.policy = ""
            let host = try ScratchHost(record: record)
            try host.tree.write("Package: a\nStatus: install ok installed\nVersion: 1\n\n", to: "/var/lib/dpkg/status")
            let line = WantedRepository(Configuration()).line + "\n"
            try host.tree.write(String(repeating: line, count: lines), to: "/etc/apt/sources.list")
            var view = host.view
            let trace = ReadTrace(view.files)
            view.files = trace
            let requirement = AptRepository(Configuration())
            let seen = try await requirement.observe(view, at: .now)
            #expect(seen.sources.count == lines)
            guard case .unmet(_, let findings, let proposals) = requirement.assess(seen, at: .now) else {
                // A single entry is as it should be.
                #expect(lines == 1)
                counts.append(trace.count(of: .bytes, WantedRepository.keyring))
                continue
            }
            #expect(findings.count == lines - 1 && findings.allSatisfy { $0.reason == "duplicate" })
            #expect(proposals.count == 1)
            counts.append(trace.count(of: .bytes, WantedRepository.keyring))
        }
        #expect(counts[0] > 0 && counts[0] == counts[1])
    }

    @Test("a file beyond a limit of ours is unknown, and nobody says that apt does not read it")
    func limits() {
        let error = ParseError(line: 3, "expected at most 10000 settings", isLimit: true)
        let cause = ObservationError.malformed("/etc/apt/apt.conf", error)
        #expect(cause.description.contains("/etc/apt/apt.conf:3"))
        #expect(cause.description.hasSuffix("expected at most 10000 settings; make the file smaller"))
    }
}
