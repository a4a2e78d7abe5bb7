import NodeTesting
import Synchronization
import SystemPackage
import Testing

@testable import CommandProcess
@testable import Fleet

@Suite("Deployment")
struct DeploymentTests {
    private static let cluster = "etc/nucprep/conf.d/cluster.toml"

    /// A person who says yes.
    private final class Person: DeployDialogue {
        let heard = Mutex<[String]>([])
        let answer: Bool
        init(_ answer: Bool = true) { self.answer = answer }
        func say(_ text: String) { heard.withLock { $0.append(text) } }
        func confirm(_ question: String) -> Bool {
            say(question)
            return answer
        }
    }

    @Test("puts package and configuration on each node, and changes nothing the second time")
    func twice() async throws {
        let nodes = try await FalseNodes(["nuc02", "nuc03"])
        let first = await nodes.deploy(["nuc02", "nuc03"])
        #expect(
            first.map(\.kind)
                == Array(repeating: .changed("installed nucprep 1.2.3, wrote the configuration"), count: 2),
            "\(first)")
        for name in ["nuc02", "nuc03"] {
            let text = try #require(nodes.text("\(name)/\(Self.cluster)"))
            #expect(text.hasPrefix("# Written by nucprep deploy") && text.hasSuffix("[cluster]\nname = \"lab5\"\n"))
            #expect(nodes.calls(name).last { !$0.hasPrefix("ssh") } == "systemctl reload-or-restart nucprepd.service")
            #expect(nodes.text("\(name)/cache/nucprep/\(nodes.cached)") != nil)
            #expect(nodes.folders(name).isEmpty)
        }
        let before = nodes.calls("nuc02").filter { !$0.hasPrefix("ssh") }
        let second = await nodes.deploy(["nuc02", "nuc03"])
        #expect(second.allSatisfy { $0.kind == .unchanged }, "\(second)")
        #expect(nodes.calls("nuc02").filter { !$0.hasPrefix("ssh") } == before)
        #expect(nodes.folders("nuc02").isEmpty)
        let third = await nodes.deploy(["nuc02"], values: "[cluster]\nname = \"lab6\"\n")
        #expect(third.map(\.kind) == [.changed("wrote the configuration")])
        #expect(nodes.text("nuc02/\(Self.cluster)")?.hasSuffix("name = \"lab6\"\n") == true)
    }

    struct Fault: CustomTestStringConvertible, Sendable {
        var testDescription: String
        /// Files in the node's folder that make it misbehave.
        var files: [String: String]
        var told: String
        /// Whether the node was touched by more than a question.
        var isCopied = false
    }

    private static let faults = [
        Fault(testDescription: "an unknown host key", files: ["unknown-key": ""], told: "host key is not known"),
        Fault(testDescription: "no key of this user", files: ["asks-password": ""], told: "Permission denied"),
        Fault(
            testDescription: "another host key",
            files: ["hook": "echo '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @' >&2; exit 255\n"],
            told: "host key is not the known one"),
        Fault(
            testDescription: "no ssh server",
            files: ["hook": "echo 'ssh: connect to host n port 22: Connection refused' >&2; exit 255\n"],
            told: "cannot be reached"),
        Fault(
            testDescription: "a full disk",
            files: ["hook": "case $1 in cat) echo 'cat: write error: No space left on device' >&2; exit 1 ;; esac\n"],
            told: "No space left on device", isCopied: true),
        Fault(testDescription: "a full /tmp", files: ["bin/mktemp": "#!/bin/sh\nexit 1\n"], told: "is its disk full"),
        Fault(
            testDescription: "a connection that breaks in the copy",
            files: [
                "hook":
                    "case $* in *nucprep.deb) head -c 100 >\"$3\"; echo 'Connection closed by remote host' >&2; exit 255 ;; esac\n"
            ],
            told: "cannot be reached", isCopied: true),
        Fault(
            testDescription: "a copy that is short and says nothing",
            files: ["hook": "case $* in *nucprep.deb) head -c 100 >\"$3\"; exit 0 ;; esac\n"],
            told: "damaged or incomplete",
            isCopied: true),
        Fault(
            testDescription: "apt that fails", files: ["apt-fails": ""], told: "apt-get could not install",
            isCopied: true),
        Fault(
            testDescription: "a configuration that is not valid there", files: ["invalid": ""],
            told: "is not valid together", isCopied: true),
        Fault(
            testDescription: "a sudo that asks", files: ["user": "", "sudo-asks": ""], told: "sudo asks for a password"),
        Fault(testDescription: "a newer nucprep", files: ["version": "9.0\n"], told: "has a newer nucprep, 9.0"),
        Fault(
            testDescription: "a shell that runs nothing", files: ["hook": "echo Welcome; exit 0\n"],
            told: "no answer came back"),
        Fault(
            testDescription: "a shell that floods", files: ["hook": "head -c 300000 /dev/zero | tr '\\0' x; exit 0\n"],
            told: "prints without end"),
        Fault(
            testDescription: "a folder that would be a command",
            files: [
                "hook":
                    "printf 'nucprep-deploy architecture %s\\nnucprep-deploy folder /tmp/x;id\\nnucprep-deploy end end\\n' \"$(dpkg --print-architecture)\"; exit 0\n"
            ],
            told: "cannot make a temporary folder"),
        Fault(
            testDescription: "control characters",
            files: [
                "hook":
                    "printf 'nucprep-deploy folder /tmp/x\\nnucprep-deploy architecture \\033[2Jevil\\nnucprep-deploy end end\\n'; exit 0\n"
            ],
            told: "\\u{1b}[2Jevil"),
    ]

    @Test("says what is wrong with one node, stops no other, and finishes once it is resolved", arguments: faults)
    func fault(_ fault: Fault) async throws {
        let nodes = try await FalseNodes(["nuc02", "nuc03"])
        for (file, text) in fault.files {
            try nodes.write(text, to: "nuc02/\(file)", isProgram: file.hasPrefix("bin/"))
        }
        let outcomes = await nodes.deploy(["nuc02", "nuc03"])
        guard case .failed(let text) = outcomes[0].kind else {
            Issue.record("\(outcomes[0])")
            return
        }
        #expect(text.contains(fault.told), "\(text)")
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 })
        #expect(outcomes[1].isGood, "\(outcomes[1])")
        #expect(nodes.calls("nuc02").contains { $0.hasPrefix("ssh cat") } == fault.isCopied)
        // Nothing is half there: neither the package, unless it was there before, nor the configuration.
        #expect(nodes.text("nuc02/\(Self.cluster)") == nil)
        #expect(nodes.folders("nuc02").isEmpty, "\(nodes.folders("nuc02"))")
        guard fault.files["bin/mktemp"] == nil else { return }
        for file in fault.files.keys { nodes.remove("nuc02/\(file)") }
        let again = await nodes.deploy(["nuc02"])
        #expect(again[0].isGood, "\(again)")
        #expect(nodes.text("nuc02/\(Self.cluster)") != nil)
    }

    @Test("does not replace a configuration that a person wrote or edited, unless told, and keeps it when apt fails")
    func edited() async throws {
        let nodes = try await FalseNodes(["nuc02"])
        try await FalseNodes.shell("mkdir -p '\(nodes.path)/nuc02/etc/nucprep/conf.d'")
        try nodes.write("# mine\n", to: "nuc02/\(Self.cluster)")
        let refused = await nodes.deploy(["nuc02"])
        #expect(!refused[0].isGood && nodes.text("nuc02/\(Self.cluster)") == "# mine\n")
        try nodes.write("", to: "nuc02/apt-fails")
        #expect(await nodes.deploy(["nuc02"], isForced: true)[0].isGood == false)
        #expect(nodes.text("nuc02/\(Self.cluster)") == "# mine\n")
        nodes.remove("nuc02/apt-fails")
        #expect(await nodes.deploy(["nuc02"], isForced: true)[0].isGood)
        let ours = try #require(nodes.text("nuc02/\(Self.cluster)"))
        try nodes.write(ours + "# by hand\n", to: "nuc02/\(Self.cluster)")
        let again = await nodes.deploy(["nuc02"], values: "[cluster]\nname = \"lab7\"\n")
        guard case .failed(let text) = again[0].kind else {
            Issue.record("\(again)")
            return
        }
        #expect(text.contains("edited by a person"))
        #expect(nodes.text("nuc02/\(Self.cluster)") == ours + "# by hand\n")
    }

    @Test("two at once wait for each other, and install once")
    func atOnce() async throws {
        let nodes = try await FalseNodes(["nuc02"])
        async let one = nodes.deploy(["nuc02"])
        async let other = nodes.deploy(["nuc02"])
        let outcomes = await one + other
        #expect(outcomes.allSatisfy { $0.isGood }, "\(outcomes)")
        #expect(nodes.calls("nuc02").count { $0 == "apt-get" } == 1)
        #expect(nodes.folders("nuc02").isEmpty)
    }

    @Test("with a person at the terminal a key is looked at, the person's own key is offered, and sudo may ask")
    func dialogue() async throws {
        let nodes = try await FalseNodes(["nuc02", "nuc03"])
        for file in ["unknown-key", "asks-password", "user", "sudo-asks"] { try nodes.write("", to: "nuc02/\(file)") }
        let person = Person()
        let outcomes = await nodes.deploy(["nuc02", "nuc03"], dialogue: person)
        #expect(outcomes.allSatisfy { $0.isGood }, "\(outcomes)")
        let heard = person.heard.withLock { $0 }
        #expect(heard.count == 3, "\(heard)")
        #expect(heard[0].contains("Compare the fingerprint") && heard[1].contains("put your public key there"))
        #expect(heard[2] == "nuc02: sudo asks for your password there")
        #expect(nodes.text("known/key-nuc02") != nil && nodes.text("known/key-nuc03") == nil)
    }

    @Test("a person without a key is offered one first, and a key that is there is never replaced")
    func firstKey() async throws {
        let nodes = try await FalseNodes(["nuc02", "nuc03"])
        for name in ["nuc02", "nuc03"] { try nodes.write("", to: "\(name)/asks-password") }
        try nodes.write("#!/bin/sh\nexit 1\n", to: "bin/ssh-add", isProgram: true)
        let home = nodes.path.appending("home")
        try PrivateFolder.make(at: home)
        let person = Person()
        let outcomes = await nodes.deploy(["nuc02", "nuc03"], dialogue: person, key: home)
        #expect(outcomes.allSatisfy { $0.isGood }, "\(outcomes)")
        // It is asked once: the second node finds the key that was made for the first.
        let heard = person.heard.withLock { $0 }
        #expect(heard.count == 3 && heard[0].contains("You have no SSH key"), "\(heard)")
        let made = try #require(nodes.text("home/.ssh/id_ed25519"))
        #expect(nodes.text("home/.ssh/id_ed25519.pub")?.hasPrefix("ssh-ed25519 ") == true)
        nodes.remove("home/.ssh/id_ed25519.pub")
        #expect(await PersonalKey(home: home, searchPath: nodes.searchPath).make() == false)
        #expect(nodes.text("home/.ssh/id_ed25519") == made)
    }

    @Test("without a runtime directory connections are kept in a folder of this run, which is closed to others")
    func temporaryFolder() throws {
        let (path, folder) = try #require(ControlSocket.temporary())
        #expect(path == "\(folder)/%C")
        #expect(try Stat(folder).permissions == .ownerReadWriteExecute)
        let file = try FileDescriptor.open(
            folder.appending("socket"), .writeOnly, options: .create, permissions: .ownerReadWrite)
        try file.close()
        PrivateFolder.remove(folder)
        #expect((try? Stat(folder)) == nil)
    }

    @Test("a person who wants no key there is asked for no more, and nothing is copied without a way in")
    func declined() async throws {
        let nodes = try await FalseNodes(["nuc02"])
        try nodes.write("", to: "nuc02/asks-password")
        let outcomes = await nodes.deploy(["nuc02"], dialogue: Person(false))
        #expect(!outcomes[0].isGood)
        #expect(nodes.text("known/key-nuc02") == nil)
        #expect(!nodes.calls("nuc02").contains { $0.hasPrefix("ssh cat") })
    }

    @Test("a sudo that refuses is said with its own words")
    func sudoers() async throws {
        let nodes = try await FalseNodes(["nuc02"])
        try nodes.write("", to: "nuc02/user")
        // Free for the question, refused for the work.
        try nodes.write(
            "case $1 in sudo) echo 'me is not in the sudoers file.' >&2; exit 1 ;; esac\n", to: "nuc02/hook")
        let outcomes = await nodes.deploy(["nuc02"])
        #expect(outcomes[0].kind == .failed("me is not in the sudoers file."))
        #expect(nodes.text("nuc02/version") == nil && nodes.folders("nuc02").isEmpty)
    }

    @Test("a file that is no package of nucprep is refused")
    func packages() async throws {
        let nodes = try await FalseNodes([])
        await #expect(throws: DeployPackage.Problem.self) { _ = try await DeployPackage(at: "/nowhere.deb") }
        await #expect(throws: DeployPackage.Problem.self) { _ = try await DeployPackage(at: "/etc/passwd") }
        try await FalseNodes.shell(
            "cd '\(nodes.path)'; sed -i 's/^Package:.*/Package: other/' tree/DEBIAN/control; dpkg-deb -b tree other.deb >/dev/null"
        )
        let error = await #expect(throws: DeployPackage.Problem.self) {
            _ = try await DeployPackage(at: nodes.path.appending("other.deb"))
        }
        #expect(error?.text.contains("is not the package nucprep, but other") == true)
        #expect(nodes.package.version == "1.2.3" && nodes.package.digest.utf8.count == 64)
        #expect(DeployPackage.kept(installed: "1.2.3", in: nodes.path) == nil)
    }

    @Test("the name is dialled where the host key is known by it alone")
    func byName() {
        let node = { (target: String) in
            FleetNode(name: "nuc02", role: "worker", addresses: ["192.0.2.2"], target: target)
        }
        #expect(node("192.0.2.2").byName == "nuc02")
        #expect(node("me@192.0.2.2").byName == "me@nuc02")
        #expect(node("nuc02.lan").byName == nil && node("nuc02").byName == nil)
    }
}

extension FalseNodes {
    /// The name under which the package is kept.
    var cached: String { "nucprep_\(package.version)_\(package.architecture).deb" }
}
