import NodeState
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("Swap off")
struct SwapOffTests {
    private func requirement(_ style: Configuration.FstabStyle = .comment) -> SwapOff {
        var configuration = Configuration()
        configuration.fstabStyle = style
        return SwapOff(configuration)
    }

    private func changes(_ booted: BootedSwap, _ style: Configuration.FstabStyle = .comment) -> [Change] {
        guard case .unmet(_, _, let proposals) = requirement(style).assess(.init(booted: booted), at: .nextBoot) else {
            return []
        }
        #expect(proposals.allSatisfy { $0.autoClass == .always })
        return proposals.map(\.change)
    }

    private func kinds(_ booted: BootedSwap, _ style: Configuration.FstabStyle = .comment) -> [String] {
        changes(booted, style).map { change in
            switch change {
            case .writeFile: "drop-in"
            case .editFstab: "fstab"
            case .reloadSystemd: "reload"
            case .maskUnit(let name): name
            default: "wrong"
            }
        }
    }

    private let fstab = SwapSource.fstab(line: 1, spec: "/dev/sda2")
    private let text = Array("/dev/sda2 none swap sw 0 0\n".utf8)

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var sources: [SwapSource]
        var dormant = GPTSwap.none("no swap partition")
        var style = Configuration.FstabStyle.comment
        var isTypeStopped = false
        var expected: [String]
    }

    @Test(
        "guards come first, then the file, then the reload, then the services",
        arguments: [
            Case(
                testDescription: "a line", sources: [.fstab(line: 1, spec: "/dev/sda2")], expected: ["fstab", "reload"]),
            Case(
                testDescription: "a line, and a partition that wakes when it is gone",
                sources: [.fstab(line: 1, spec: "/dev/sda2")], dormant: .partitions(["/dev/sda2"]),
                expected: ["drop-in", "fstab", "reload"]),
            Case(
                testDescription: "a line, and nobody knows what wakes", sources: [.fstab(line: 1, spec: "/dev/sda2")],
                dormant: .unknown("no udev data"), expected: ["drop-in", "fstab", "reload"]),
            Case(
                testDescription: "a line, and a guard that stands", sources: [.fstab(line: 1, spec: "/dev/sda2")],
                dormant: .partitions(["/dev/sda2"]), isTypeStopped: true, expected: ["fstab", "reload"]),
            Case(
                testDescription: "a line that gets noauto keeps the generator off",
                sources: [.fstab(line: 1, spec: "/dev/sda2")], dormant: .partitions(["/dev/sda2"]), style: .noauto,
                expected: ["fstab", "reload"]),
            Case(
                testDescription: "a partition of a known name",
                sources: [.partition("/dev/sda2", unit: "dev-sda2.swap")],
                dormant: .partitions(["/dev/sda2"]), expected: ["dev-sda2.swap", "reload"]),
            Case(
                testDescription: "partitions whose names are dealt at boot",
                sources: [.partition("/dev/sda2", unit: nil), .partition("/dev/sda3", unit: nil)],
                dormant: .partitions(["/dev/sda2", "/dev/sda3"]), expected: ["drop-in", "reload"]),
            Case(
                testDescription: "a unit of a package and one of the operator's",
                sources: [
                    .unit("a.swap", file: "/usr/lib/systemd/system/a.swap", canBeMasked: true),
                    .unit("b.swap", file: "/etc/systemd/system/b.swap", canBeMasked: false),
                ], expected: ["a.swap", "drop-in", "reload"]),
            Case(
                testDescription: "all at once",
                sources: [
                    .fstab(line: 1, spec: "/dev/sda2"), .zram("zram0", file: "/etc/systemd/zram-generator.conf"),
                    .service("zramswap.service", link: "/x", canBeMasked: true), .kernelArgument("/dev/vdb"),
                ], expected: ["drop-in", "fstab", "zramswap.service", "reload"]),
            Case(
                testDescription: "cloud-init is for a person", sources: [.cloudInit(Evidence("/etc/cloud/cloud.cfg"))],
                expected: []),
        ])
    func order(_ example: Case) {
        let booted = BootedSwap(
            sources: example.sources, fstab: text, dormantPartitions: example.dormant,
            isTypeStopped: example.isTypeStopped)
        #expect(kinds(booted, example.style) == example.expected)
    }

    @Test("only the lines found are edited, and the edit knows the bytes it was made from")
    func edit() {
        let before = Array("# swap\r\n/dev/sda2 none swap sw 0 0\r\n/dev/sdb1 none swap noauto 0 0".utf8)
        let booted = BootedSwap(sources: [.fstab(line: 2, spec: "/dev/sda2")], fstab: before)
        let after = Array("# swap\r\n#/dev/sda2 none swap sw 0 0\r\n/dev/sdb1 none swap noauto 0 0".utf8)
        #expect(changes(booted).first == .editFstab(FileEdit(path: "/etc/fstab", before: before, after: after)))
    }

    private func area(_ path: FilePath, used: Int, isDeleted: Bool = false) -> SwapArea {
        SwapArea(path: path, kind: "file", sizeKiB: 1 << 21, usedKiB: used, isDeleted: isDeleted)
    }

    @Test("an area needs what it holds, 15 percent and 256 MiB more, to the KiB")
    func room() {
        let area = area("/swap", used: 1000)
        #expect(area.neededKiB == 1150 + 262_144)
        for (available, isRefused) in [(263_294, false), (263_293, true), (0, true), (nil, true)] as [(Int?, Bool)] {
            let seen = SwapOff.Observation(areas: [area], availableKiB: available)
            guard case .unmet(_, let findings, let proposals) = requirement().assess(seen, at: .now) else {
                Issue.record("judged met")
                return
            }
            #expect((proposals.first?.refusal?.reason == .noRoom) == isRefused, "\(available ?? -1)")
            #expect((findings.first?.reason == "no-room") == isRefused)
            #expect(proposals.map(\.change) == [.disableSwap(area)])
        }
    }

    @Test("a deleted file has no change, and the others have theirs")
    func deleted() {
        let seen = SwapOff.Observation(
            areas: [area("/gone", used: 0, isDeleted: true), area("/swap", used: 0)], availableKiB: 1 << 30)
        guard case .unmet(let observed, let findings, let proposals) = requirement().assess(seen, at: .now) else {
            Issue.record("judged met")
            return
        }
        #expect(observed == "swap on /gone, /swap")
        #expect(findings.map(\.remedy) == ["reboot", nil])
        #expect(proposals.map(\.change.object) == ["/swap"])
    }

    @Test("a kubelet that lives with swap makes it a warning, and nothing is taken away")
    func tolerated() {
        let seen = SwapOff.Observation(
            areas: [area("/swap", used: 0)], availableKiB: 1 << 30, booted: BootedSwap(sources: [fstab], fstab: text),
            tolerance: .init(value: "false", evidence: Evidence("/etc/default/kubelet"), isFlag: true))
        for horizon in Horizon.allCases {
            guard case .unmet(_, let findings, let proposals) = requirement().assess(seen, at: horizon) else {
                Issue.record("judged met")
                return
            }
            #expect(findings.map(\.severity) == [.warning])
            #expect(proposals.isEmpty)
        }
    }

    @Test("nothing seen is met at both horizons, and a malformed line is told")
    func met() {
        #expect(requirement().assess(.init(), at: .now) == .met(observed: "no active swap"))
        let booted = BootedSwap(malformed: ["/etc/fstab:3 is malformed: x"])
        #expect(
            requirement().assess(.init(booted: booted), at: .nextBoot)
                == .met(observed: "nothing activates swap; /etc/fstab:3 is malformed: x"))
    }

    @Test("kubeadm's own name for the check is known")
    func kubeadm() { #expect(SwapOff.entry.kubeadmChecks == ["Swap"]) }
}
