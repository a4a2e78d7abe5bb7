import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("Kernel switches")
struct KernelSwitchTests {
    private let bridge = BridgeSysctls(Configuration())
    private let forward = IPForward(Configuration())
    private let iptables = "net.bridge.bridge-nf-call-iptables"
    private let ip6tables = "net.bridge.bridge-nf-call-ip6tables"

    private func parts(_ assessment: Assessment) -> (reasons: [String], severities: [Severity], changes: [Change]) {
        guard case .unmet(_, let findings, let proposals) = assessment else { return ([], [], []) }
        #expect(proposals.allSatisfy { $0.autoClass == .always })
        return (findings.map(\.reason), findings.map(\.severity), proposals.map(\.change))
    }

    private func atBoot(_ texts: [String: String], own: [UInt8]? = nil) -> SysctlsAtBoot {
        let files = texts.sorted { $0.key < $1.key }.map {
            LayeredText(path: FilePath("/etc/sysctl.d/\($0.key)"), text: $0.value)
        }
        return SysctlsAtBoot(booted: BootedSysctls(files: files), ownBytes: own)
    }

    @Test("a value that is off is written, each for itself, and the one for IPv6 weighs less")
    func values() {
        let (reasons, severities, changes) = parts(
            bridge.assess(.init(values: [iptables: "0", ip6tables: "0"]), at: .now))
        #expect(reasons == ["value", "value"])
        #expect(severities == [.error, .warning])
        #expect(changes == [.writeSysctl(key: iptables, value: "1"), .writeSysctl(key: ip6tables, value: "1")])
        #expect(parts(bridge.assess(.init(values: [iptables: "1", ip6tables: "2"]), at: .now)).reasons == ["value"])
        #expect(parts(bridge.assess(.init(values: [iptables: "1", ip6tables: "1"]), at: .now)) == ([], [], []))
    }

    @Test("a key that the kernel does not have is not written")
    func absent() {
        let (reasons, _, changes) = parts(bridge.assess(.init(values: [iptables: "1"]), at: .now))
        #expect(reasons == ["value"])
        #expect(changes == [])
        #expect(parts(forward.assess(.init(value: nil), at: .now)).changes == [])
    }

    @Test("the one for IPv6 weighs as much in a cluster with IPv6")
    func dualStack() {
        var configuration = Configuration()
        configuration.cluster.serviceCIDR.append("fd00::/108")
        let bridge = BridgeSysctls(configuration)
        #expect(parts(bridge.assess(.init(values: [iptables: "1", ip6tables: "0"]), at: .now)).severities == [.error])
    }

    @Test("forwarding is written, and a link that is off is told")
    func forwarding() {
        #expect(
            parts(forward.assess(.init(value: "0"), at: .now))
                == (["value"], [.error], [.writeSysctl(key: "net.ipv4.ip_forward", value: "1")]))
        #expect(
            parts(forward.assess(.init(value: "1", closedLink: "eth0"), at: .now)) == (
                ["link-forwarding"], [.warning], []
            ))
        #expect(forward.assess(.init(value: "1"), at: .now) == .met(observed: "net.ipv4.ip_forward = 1"))
    }

    @Test("both requirements ask for the same bytes of one file, forwarding first")
    func oneFile() {
        let boot = atBoot([:])
        let one = parts(bridge.assess(.init(atBoot: boot), at: .nextBoot))
        let other = parts(forward.assess(.init(atBoot: boot), at: .nextBoot))
        #expect(one.reasons == ["not-persisted", "not-persisted"])
        #expect(other.reasons == ["not-persisted"])
        #expect(one.changes == other.changes)
        guard case .writeFile(let edit)? = one.changes.first else {
            Issue.record("\(one.changes)")
            return
        }
        #expect(edit.path == "/etc/sysctl.d/99-zz-nucprep.conf")
        let lines = String(decoding: edit.after, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            lines == [
                "net.ipv4.ip_forward = 1", "net.ipv4.conf.all.forwarding = 1", "\(iptables) = 1", "\(ip6tables) = 1",
            ])
    }

    @Test("a later file that says otherwise is told with its line, and not answered with a file that would lose")
    func overridden() {
        let boot = atBoot(["k8s.conf": "#\nnet.ipv4.ip_forward = 0\n"])
        let assessment = forward.assess(.init(atBoot: boot), at: .nextBoot)
        #expect(parts(assessment) == (["overridden"], [.error], []))
        guard case .unmet(_, let findings, _) = assessment else { return }
        #expect(findings.map(\.evidence) == [[Evidence("/etc/sysctl.d/k8s.conf", line: 2)]])
        #expect(findings.allSatisfy { $0.remedy != nil })
        let earlier = parts(
            forward.assess(.init(atBoot: atBoot(["60-x.conf": "net.ipv4.ip_forward = 0\n"])), at: .nextBoot))
        #expect(earlier.reasons == ["overridden"])
        #expect(earlier.changes.count == 1)
    }

    @Test("a hardening guide's other name of forwarding is beaten by our file")
    func alias() {
        let texts = [
            "10-k8s.conf": "net.ipv4.ip_forward = 1\n", "60-cis.conf": "net.ipv4.conf.all.forwarding = 0\n",
            "70-cis.conf": "net.ipv4.conf.*.forwarding = 0\n",
        ]
        let before = parts(forward.assess(.init(atBoot: atBoot(texts)), at: .nextBoot))
        #expect(before.reasons == ["overridden"])
        guard case .writeFile(let edit)? = before.changes.first else {
            Issue.record("nothing proposed")
            return
        }
        var after = atBoot(texts, own: edit.after)
        after.booted = after.booted.adding(own: String(decoding: edit.after, as: UTF8.self))
        guard case .met = forward.assess(.init(atBoot: after), at: .nextBoot) else {
            Issue.record("our file loses")
            return
        }
    }

    @Test("a file that is as it is to be is not written again, whoever wins")
    func once() {
        let boot = atBoot(["zz.conf": "net.ipv4.ip_forward = 0\n"], own: SysctlsAtBoot.ownText)
        #expect(parts(forward.assess(.init(atBoot: boot), at: .nextBoot)).changes == [])
    }

    @Test("a line of a /etc/sysctl.conf that nobody reads is named")
    func dead() {
        var boot = atBoot([:])
        boot.deadText = "# x\nnet.ipv4.ip_forward=1\n"
        guard case .unmet(_, let findings, _) = forward.assess(.init(atBoot: boot), at: .nextBoot) else {
            Issue.record("judged met")
            return
        }
        #expect(findings.first?.why?.contains("/etc/sysctl.conf:2") == true)
    }

    @Test("kubeadm's own names for the checks are known")
    func kubeadm() {
        #expect(
            BridgeSysctls.entry.kubeadmChecks == [
                "FileContent--proc-sys-net-bridge-bridge-nf-call-iptables",
                "FileContent--proc-sys-net-bridge-bridge-nf-call-ip6tables",
            ])
        #expect(IPForward.entry.kubeadmChecks == ["FileContent--proc-sys-net-ipv4-ip_forward"])
    }
}
