import NodeState
import SystemPackage
import Testing

@testable import ConfigFormats
@testable import NodeRequirements

@Suite("The packages' pins")
struct AptPinsTests {
    private let requirement = AptPins(Configuration())

    private func policy(
        candidate: String, priority: Int, installed: String = "(none)", other: Int = 500
    ) throws -> AptPolicy {
        try AptPolicy(
            parsing: WantedRepository.packages.map { name in
                """
                \(name):
                  Installed: \(installed)
                  Candidate: \(candidate)
                  Version table:
                     1.28.15-1.1 \(other)
                        500 https://pkgs.k8s.io/core:/stable:/v1.28/deb  Packages
                     1.28.1-1.1 \(priority)
                        500 https://pkgs.k8s.io/core:/stable:/v1.28/deb  Packages

                """
            }.joined())
    }

    private func seen(_ files: [(FilePath, String)], _ policy: AptPolicy? = nil) -> AptPins.Observation {
        var seen = AptPins.Observation()
        for (path, text) in files {
            seen.pins += AptPreferences(Array(text.utf8)).pins.map { .init(file: path, pin: $0) }
            if path == AptPins.file { seen.ownFile = Array(text.utf8) }
        }
        seen.policy = policy
        return seen
    }

    private func parts(_ seen: AptPins.Observation) -> (reasons: [String], changes: [String]) {
        guard case .unmet(_, let findings, let proposals) = requirement.assess(seen, at: .now) else { return ([], []) }
        #expect(findings.allSatisfy { $0.severity == .warning })
        #expect(proposals.allSatisfy { $0.autoClass == .always })
        return (findings.map(\.reason), proposals.map(\.change.object))
    }

    private let own = (AptPins.file, String(decoding: AptPins(Configuration()).text, as: UTF8.self))

    @Test("our own file is a pin in force, and says who wrote it")
    func ownFile() throws {
        #expect(own.1.hasPrefix("# Written by nucprepd"))
        #expect(own.1.hasSuffix("\nPackage: kubeadm kubelet kubectl\nPin: version 1.28.1-1.1\nPin-Priority: 990\n"))
        #expect(parts(seen([own])) == ([], []))
        #expect(parts(seen([own], try policy(candidate: "1.28.1-1.1", priority: 990))) == ([], []))
        var configuration = Configuration()
        configuration.allowDowngrade = true
        #expect(String(decoding: AptPins(configuration).text, as: UTF8.self).hasSuffix("Pin-Priority: 1001\n"))
    }

    @Test("without a pin the file is written, whatever apt prefers by itself")
    func noPin() throws {
        #expect(parts(seen([])) == (["no-pin"], [AptPins.file.string]))
        let newest = seen([], try policy(candidate: "1.28.15-1.1", priority: 500))
        #expect(parts(newest) == (["no-pin"], [AptPins.file.string]))
        let chance = seen([], try policy(candidate: "1.28.1-1.1", priority: 500))
        #expect(parts(chance) == (["no-pin"], [AptPins.file.string]))
    }

    @Test("a file that apt does not read is named instead")
    func ignored() {
        var ignored = seen([])
        ignored.ignored = [Evidence("/etc/apt/preferences.d/kube.conf", line: 1)]
        #expect(parts(ignored) == (["ignored-name"], [AptPins.file.string]))
        ignored.pins = seen([own]).pins
        #expect(parts(ignored) == ([], []), "a pin in force is good enough")
    }

    @Test("what wins over the pin is named with its place, and nothing is written against it")
    func shadowed() throws {
        let origin = "\nPackage: kube*\nPin: origin pkgs.k8s.io\nPin-Priority: 1000\n"
        let answer = try policy(candidate: "1.28.15-1.1", priority: 1000, other: 1000)
        for policy in [nil, answer] {
            guard
                case .unmet(_, let findings, let proposals) = requirement.assess(
                    seen([("/etc/apt/preferences", origin), own], policy), at: .now)
            else {
                Issue.record("judged met")
                return
            }
            #expect(findings.map(\.reason) == ["shadowed"])
            #expect(findings.allSatisfy { $0.evidence == [Evidence("/etc/apt/preferences", line: 2)] })
            #expect(proposals == [])
        }
        let higher = "Package: kubeadm kubelet kubectl\nPin: version 1.28.15-1.1\nPin-Priority: 1001\n"
        let won = seen(
            [own, ("/etc/apt/preferences.d/zz", higher)],
            try policy(candidate: "1.28.15-1.1", priority: 990, other: 1001))
        #expect(parts(won).reasons == ["shadowed"])
    }

    @Test("a newer version that is installed stays, and is no matter of pins")
    func installed() throws {
        let kept = try policy(candidate: "1.28.15-1.1", priority: 990, installed: "1.28.15-1.1")
        #expect(parts(seen([own], kept)) == ([], []))
        var configuration = Configuration()
        configuration.allowDowngrade = true
        guard case .unmet(_, let findings, let proposals) = AptPins(configuration).assess(seen([own], kept), at: .now)
        else {
            Issue.record("judged met though it may go back")
            return
        }
        #expect(findings.map(\.reason) == ["no-pin"] && proposals.count == 1)
    }
}
