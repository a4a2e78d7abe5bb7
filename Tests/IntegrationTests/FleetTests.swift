internal import Glibc
internal import SystemPackage
internal import Testing

@Suite("Three nodes and their verdict")
struct FleetTests {
    private static let names = ["nuc01", "nuc02", "nuc03"]
    private static let configuration = names.enumerated().map { index, name in
        """
        [[nodes]]
        name = "\(name)"
        address = "192.0.2.\(index + 1)"
        role = "\(index == 0 ? "control-plane" : "worker")"
        ssh = "\(name)"

        """
    }.joined()

    /// What the third node does with `ssh`.
    enum Third: String, CaseIterable, Sendable {
        case good
        /// Its daemon is not there.
        case noDaemon
        /// The connection is refused.
        case dead
        /// It says things that are no API.
        case babbling
        /// It takes the connection and says nothing.
        case silent
    }

    @Test("GO when all are good, and only then the command is run")
    func go() async throws {
        try await withFleet { nucprep in
            let report = try await nucprep.run(["report"])
            #expect(report.status == 0, "\(report.text) \(report.story)")
            #expect(report.text.contains("GO"))
            for name in Self.names { #expect(report.text.contains(name)) }
            let preflight = try await nucprep.run(["preflight", "--", "sh", "-c", "echo ran; exit 7"])
            #expect(preflight.status == 7, "\(preflight.story)")
            #expect(preflight.text == "ran\n")
            #expect(preflight.story.contains("GO"))
            let json = try await nucprep.run(["report", "--json"])
            #expect(json.status == 0)
            #expect(json.text.contains("\"verdict\":\"go\""))
            let watched = try await nucprep.run(["report", "--watch"])
            #expect(watched.status == 0, "\(watched.text) \(watched.story)")
            for name in Self.names { #expect(watched.story.contains("\(name)  GO\n"), "\(watched.story)") }
            #expect(watched.text.hasSuffix("GO  3 of 3 nodes answered\n"), "\(watched.text)")
            let own = try await nucprep.run(["status", "--watch"])
            #expect(own.status == 0 && own.story.contains("nuc01  GO  "), "\(own.story)")
        }
    }

    @Test("NO-GO with the reason when one node has swap at its next boot and may not act")
    func noGo() async throws {
        let fstab = ["nuc02": "/dev/sdb1 none swap sw 0 0\n"]
        try await withFleet(fstab: fstab, isObserving: true) { nucprep in
            let report = try await nucprep.run(["report"])
            #expect(report.status == 2, "\(report.text) \(report.story)")
            #expect(report.text.contains("NO-GO"))
            #expect(report.text.contains("swap-off"))
            #expect(report.text.contains("nuc02"))
            #expect(report.text.contains("next: nucprepd is in observe mode on all nodes"), "\(report.text)")
            let opened = try await nucprep.run(["report", "swap-off"])
            #expect(opened.status == 2)
            #expect(opened.text.contains("found     next boot: "), "\(opened.text)")
            #expect(opened.text.contains("by hand   on nuc02: "))
            let fine = try await nucprep.run(["report", "hostname", "--nodes", "nuc01,nuc02"])
            #expect(fine.text.contains("hostname: nothing is wrong on 2 nodes\n"))
            let markdown = try await nucprep.run(["report", "--format", "markdown"])
            #expect(markdown.status == 2 && markdown.text.hasPrefix("# nucprep report: NO-GO\n"))
            #expect(markdown.text.contains("### FAIL swap-off: nuc02\n"))
            let json = try await nucprep.run(["report", "--format", "json"])
            #expect(json.status == 2 && json.text.hasPrefix("{\"causes\":[{"))
            let preflight = try await nucprep.run(["preflight", "--", "sh", "-c", "echo ran"])
            #expect(preflight.status == 2)
            #expect(preflight.answer.isEmpty)
            #expect(preflight.story.contains("sh was not started: the verdict is NO-GO"))
        }
    }

    @Test("INCOMPLETE when a node does not answer as it should", arguments: Third.allCases.filter { $0 != .good })
    func incomplete(_ third: Third) async throws {
        try await withFleet(third: third) { nucprep in
            let report = try await nucprep.run(["report", "--deadline", "4"])
            #expect(report.status == 3, "\(report.text) \(report.story)")
            #expect(report.text.contains("INCOMPLETE"))
            #expect(!report.text.contains("\u{1B}"))
            let preflight = try await nucprep.run(["preflight", "--deadline", "4", "--", "sh", "-c", "echo ran"])
            #expect(preflight.status == 3)
            #expect(preflight.answer.isEmpty)
        }
    }

    @Test("the control plane alone can be GO while a worker is silent")
    func phases() async throws {
        try await withFleet(third: .dead) { nucprep in
            let report = try await nucprep.run(["report", "--phase", "init"])
            #expect(report.status == 0, "\(report.text) \(report.story)")
            // Without asking anybody else there is nobody to be silent.
            let alone = try await nucprep.run(["preflight", "--self", "--", "sh", "-c", "echo ran"])
            #expect(alone.status == 0 && alone.text == "ran\n", "\(alone.text) \(alone.story)")
            #expect(!alone.story.contains("nuc03"))
        }
    }

    /// Runs three daemons; the command is that of the first node, and reaches the others by a script named ssh.
    private func withFleet(
        third: Third = .good, fstab: [String: String] = [:], isObserving: Bool = false,
        _ body: (Command) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            var trees: [Tree] = []
            for (index, name) in Self.names.enumerated() {
                let own = try Tree.bare(at: folder.appending("host-\(name)")).path
                let tree = try Tree(
                    at: own.appending(name), named: name, fstab: fstab[name] ?? "",
                    addresses: ["192.0.2.\(index + 1)"])
                let policy = isObserving ? "[policy]\nmode = \"observe\"\n" : ""
                try tree.write(policy + Self.configuration, to: "etc/nucprep/nucprep.toml")
                try tree.write("[local]\nnode = \"\(name)\"\n", to: "etc/nucprep/conf.d/local.toml")
                if isObserving { try tree.write("overlay\nbr_netfilter\n", to: "etc/modules-load.d/site.conf") }
                trees.append(tree)
            }
            try await withDaemon(on: trees[0], in: folder) { first in
                try await withDaemon(on: trees[1], in: folder) { second in
                    try await withDaemon(on: trees[2], in: folder) { last in
                        let path = try await Self.ssh(
                            ["nuc02": second.socket, "nuc03": last.socket], third, in: folder)
                        let environment = ["PATH": "\(path):\(Program.searchPath)", "XDG_RUNTIME_DIR": folder.string]
                        try await body(Command(first.socket, folder, environment: environment))
                    }
                }
            }
        }
    }

    /// A folder with a script named ssh that leads to the daemons.
    private static func ssh(_ nodes: [String: FilePath], _ third: Third, in folder: FilePath) async throws -> FilePath {
        let bin = folder.appending("bin")
        let dial = { (socket: FilePath) in "exec '\(try Programs.nucprep)' dial-stdio --socket '\(socket)'" }
        let answer =
            switch third {
            case .good: try dial(nodes["nuc03"] ?? "/nowhere")
            case .noDaemon: try dial("/nowhere")
            case .dead: "echo 'ssh: connect to host nuc03 port 22: Connection refused' >&2; exit 255"
            case .babbling:
                "printf '\\033]0;hello\\007Welcome!\\n'; head -c 20000 /dev/zero | tr '\\0' x; cat >/dev/null"
            case .silent: "exec cat >/dev/null"
            }
        let script = """
            #!/bin/sh
            # ssh OPTIONS -- TARGET nucprep dial-stdio
            while [ "$1" != -- ]; do shift; done
            [ "$3 $4" = "nucprep dial-stdio" ] || exit 99
            case $2 in
            nuc02) \(try dial(nodes["nuc02"] ?? "/nowhere")) ;;
            nuc03) \(answer) ;;
            *) exit 98 ;;
            esac

            """
        let tools = try Tree.bare(at: bin)
        try tools.write(script, to: "ssh")
        guard unsafe chmod(bin.appending("ssh").string, 0o755) == 0 else { throw Errno(rawValue: errno) }
        return bin
    }
}
