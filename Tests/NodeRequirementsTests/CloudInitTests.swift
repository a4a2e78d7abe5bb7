import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import ConfigFormats
@testable import NodeRequirements

@Suite("cloud-init at boot")
struct CloudInitTests {
    private func value(_ text: String, _ path: FilePath, isOfInstance: Bool = false) -> CloudInit.Value {
        CloudInit.Value(scalar: .init(line: 1, text: text), path: path, isOfInstance: isOfInstance)
    }

    private func hostname(_ cloudInit: CloudInit, standsDown: Bool = false) -> (
        reasons: [String], severities: [Severity], changes: Int
    ) {
        parts(
            CloudInitHostname(Configuration()).assess(
                .init(cloudInit: cloudInit, standsDown: standsDown), at: .nextBoot))
    }

    private func hosts(_ cloudInit: CloudInit) -> (reasons: [String], severities: [Severity], changes: Int) {
        parts(CloudInitHosts(Configuration()).assess(.init(cloudInit: cloudInit), at: .nextBoot))
    }

    private func parts(_ assessment: Assessment) -> (reasons: [String], severities: [Severity], changes: Int) {
        guard case .unmet(_, let findings, let proposals) = assessment else { return ([], [], 0) }
        #expect(proposals.allSatisfy { $0.autoClass == .always && $0.change.edit?.path == CloudInit.ownFile })
        return (findings.map(\.reason), findings.map(\.severity), proposals.count)
    }

    @Test("what is not said may be reset, and what is said to be kept is met")
    func hostname() {
        #expect(hostname(CloudInit()) == (["may-reset"], [.error], 1))
        #expect(hostname(CloudInit(value: value("false", "/etc/cloud/cloud.cfg"))) == (["may-reset"], [.error], 1))
        #expect(hostname(CloudInit(value: value("true", "/etc/cloud/cloud.cfg"))) == ([], [], 0))
        #expect(hostname(CloudInit(), standsDown: true) == (["stands-down"], [.warning], 1))
    }

    @Test("where our file cannot win it is not written")
    func overrides() {
        let instance = value("no", "/var/lib/cloud/instance/cloud-config.txt", isOfInstance: true)
        #expect(hostname(CloudInit(value: instance), standsDown: true) == (["user-data-overrides"], [.error], 0))
        let later = value("no", "/etc/cloud/cloud.cfg.d/99_x.cfg")
        #expect(hostname(CloudInit(value: later)) == (["may-reset"], [.error], 0))
        let earlier = value("no", "/etc/cloud/cloud.cfg.d/90_x.cfg")
        #expect(hostname(CloudInit(value: earlier)) == (["may-reset"], [.error], 1))
    }

    @Test("only a value that has the file written anew is unmet for /etc/hosts")
    func hosts() {
        let managed = { (text: String) in hosts(CloudInit(value: value(text, "/etc/cloud/cloud.cfg"))) }
        #expect(hosts(CloudInit()) == ([], [], 0))
        for text in ["false", "no", "", "None", "LOCALHOST"] { #expect(managed(text) == ([], [], 0), "\(text)") }
        for text in ["true", "True", "1", "template", "on"] {
            #expect(managed(text) == (["template"], [.error], 1), "\(text)")
        }
        #expect(managed("localhost") == (["localhost"], [.warning], 1))
    }

    @Test("both requirements ask for the same bytes of one file")
    func oneFile() {
        let managed = CloudInit(value: value("true", "/etc/cloud/cloud.cfg"))
        let one = CloudInitHostname(Configuration()).assess(.init(cloudInit: CloudInit()), at: .nextBoot)
        let other = CloudInitHosts(Configuration()).assess(.init(cloudInit: managed), at: .nextBoot)
        guard case .unmet(_, _, let first) = one, case .unmet(_, _, let second) = other else {
            Issue.record("judged met")
            return
        }
        #expect(first == second)
        #expect(first.count == 1)
    }

    @Test("our own file is one that we take for good", arguments: ["preserve_hostname", "manage_etc_hosts"])
    func ownFile(_ key: String) throws {
        guard case .writeFile(let edit)? = CloudInit().proposals.first?.change else {
            Issue.record("nothing proposed")
            return
        }
        let text = String(decoding: edit.after, as: UTF8.self)
        let read = try CloudConfig(parsing: text, keys: [key]).values[key]
        #expect(read?.isTrue == (key == "preserve_hostname"))
    }

    @Test("a file that cannot be followed is unknown for the key that it hides, and for no other")
    func unknown() async throws {
        let tree = try ScratchTree()
        try tree.write("preserve_hostname: *x\nmanage_etc_hosts: false\n", to: "/etc/cloud/cloud.cfg")
        let view = try LinuxMachine(root: tree.path).view
        await #expect(throws: ObservationError.self) {
            try await CloudInit.observe("preserve_hostname", view, at: .nextBoot)
        }
        #expect(try await CloudInit.observe("manage_etc_hosts", view, at: .nextBoot).value?.scalar.text == "false")
        #expect(try await CloudInit.observe("preserve_hostname", view, at: .now).value == nil)
    }

    @Test("now there is nothing to judge")
    func now() {
        guard case .notApplicable = CloudInitHostname(Configuration()).assess(.init(cloudInit: CloudInit()), at: .now),
            case .notApplicable = CloudInitHosts(Configuration()).assess(.init(cloudInit: CloudInit()), at: .now)
        else {
            Issue.record("judged")
            return
        }
    }
}
