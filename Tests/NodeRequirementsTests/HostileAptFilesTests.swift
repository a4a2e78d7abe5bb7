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
}
