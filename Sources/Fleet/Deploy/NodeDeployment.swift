internal import NodeAPI

/// One node that is deployed to, step by step over ssh.
struct NodeDeployment: Sendable {
    /// What every node is given, and how it is reached.
    struct Plan: Sendable {
        var package: DeployPackage
        var file: DeployFile
        var controlPath: String?
        var searchPath: String?
        var isForced: Bool
        /// The longest that one step may take without an end: a copy, or apt.
        var patience = Duration.seconds(900)
        /// The longest that the first question may take.
        var firstPatience = Duration.seconds(20)
    }

    /// How root is reached there.
    enum Root: String, Sendable {
        case root
        case free
        case password
        case none
    }

    /// What a node said of itself.
    struct Facts: Equatable, Sendable {
        var folder: String
        var root: Root
        var isUnchanged: Bool
    }

    let name: String
    /// What ssh dials.
    let target: String
    let plan: Plan

    // MARK: - Asking

    /// Asks the node what it has, without asking the person anything.
    func probe() async throws(DeployFailure) -> Facts {
        let script = DeployScript.probe(plan.package)
        let answers = DeployScript.answers(
            try await session(["sh", "-s"], input: .bytes(Array(script.utf8)), patience: plan.firstPatience).output)
        guard answers["end"] != nil else {
            throw DeployFailure("its login shell does not run sh: no answer came back", ["ssh \(target) sh -c true"])
        }
        guard let folder = answers["folder"], Self.isFolder(folder) else {
            throw DeployFailure("it cannot make a temporary folder: is its disk full?", ["ssh \(target) df -h /tmp"])
        }
        if let misfit = misfit(answers) {
            await clean(folder)
            throw misfit
        }
        let isUnchanged =
            answers["version"] == "installed \(plan.package.version)" && answers["kept"] == plan.package.digest
            && answers["configuration"] == plan.file.digest && answers["active"] == "active"
        return Facts(
            folder: folder, root: answers["sudo"].flatMap(Root.init) ?? .none, isUnchanged: isUnchanged)
    }

    /// Why the package is not for this node.
    private func misfit(_ answers: [String: String]) -> DeployFailure? {
        guard let architecture = answers["architecture"], !architecture.isEmpty else {
            return DeployFailure(
                "it has no dpkg: nucprep is made for Debian and Ubuntu", ["ssh \(target) cat /etc/os-release"])
        }
        guard architecture == plan.package.architecture || plan.package.architecture == "all" else {
            return DeployFailure(
                "the package is for \(plan.package.architecture), the node is \(architecture)",
                ["nucprep deploy --deb FILE \(name), with a package for \(architecture)"])
        }
        guard answers["newer"] == "yes" else { return nil }
        return DeployFailure(
            "it has a newer nucprep, \(answers["version"]?.split(separator: " ").last ?? "")",
            ["install that version on this machine, too"])
    }

    /// What mktemp makes: it is put into commands, so it must be plain.
    static func isFolder(_ text: String) -> Bool {
        (2...200).contains(text.utf8.count) && text.hasPrefix("/") && !text.contains("..")
            && text.split(separator: "/").allSatisfy { DeployPackage.isPlain(String($0).replacing("_", with: "-")) }
    }

    // MARK: - Copying and installing

    /// Copies everything into the folder there; what comes incomplete is found out before it is used.
    func copy(to folder: String) async throws(DeployFailure) {
        let script = DeployScript.install(plan.package, plan.file, folder: folder, isForced: plan.isForced)
        let parts: [(String, ChildProgram.Input)] = [
            ("nucprep.deb", .file(plan.package.path)), ("cluster.toml", .bytes(plan.file.bytes)),
            ("install", .bytes(Array(script.utf8))),
        ]
        for (part, input) in parts {
            _ = try await session(["cat", ">", "\(folder)/\(part)"], input: input, patience: plan.patience)
        }
    }

    /// Installs as root; with a terminal where sudo has to ask for a password.
    func install(_ facts: Facts, onTerminal: Bool) async throws(DeployFailure) -> DeployOutcome {
        let sudo =
            switch facts.root {
            case .root: [String]()
            case .free: ["sudo", "-n"]
            case .password, .none: ["sudo"]
            }
        let words = sudo + ["sh", "\(facts.folder)/install"]
        var refusal = ""
        if onTerminal {
            let shell = try remote(words, .terminal)
            do throws(ChildProgram.Failure) {
                _ = try await program(shell).runOnTerminal()
            } catch {
                throw Self.failure(error)
            }
        } else {
            let end = try await run(try remote(words, .batch), input: .nothing, patience: plan.patience)
            if end.exit == 255 { throw sshFailure(end) }
            refusal = Self.firstLine(end.errors)
        }
        let output = try await session(
            ["sh", "-s"], input: .bytes(Array(DeployScript.finish(folder: facts.folder).utf8)),
            patience: plan.firstPatience
        ).output
        let answers = DeployScript.answers(output)
        if let failed = answers["failed"] {
            throw DeployFailure(answers["log"].map { "\(failed) (\($0))" } ?? failed, ["nucprep deploy \(name)"])
        }
        guard answers["end"] != nil else {
            let detail = refusal.isEmpty ? "sudo did not let the installation run" : refusal
            throw DeployFailure(detail, ["ssh -t \(target) sudo true"])
        }
        var parts: [String] = []
        if answers["installed"] == "yes" { parts.append("installed nucprep \(plan.package.version)") }
        if answers["changed"] == "yes" { parts.append("wrote the configuration") }
        return DeployOutcome(name, parts.isEmpty ? .unchanged : .changed(parts.joined(separator: ", ")))
    }

    /// Removes the folder of this run; nothing is left behind of what was not finished.
    func clean(_ folder: String) async {
        // A node that is gone meanwhile cleans its own /tmp.
        _ = try? await session(
            ["sh", "-s"], input: .bytes(Array("rm -rf '\(folder)'\n".utf8)), patience: .seconds(10))
    }

    // MARK: - With the person

    /// Lets ssh ask the person on the terminal, for the host key and a password; the connection stays open for the steps.
    func logIn() async throws(DeployFailure) {
        let shell = try remote(["true"], .asking)
        let exit: Int?
        do throws(ChildProgram.Failure) {
            exit = try await program(shell).runOnTerminal()
        } catch {
            throw Self.failure(error)
        }
        guard exit == 0 else {
            throw DeployFailure("ssh could not log in; it said why on the terminal", ["ssh \(target)"])
        }
    }

    /// Whether the person's own key alone opens a connection, as the report needs it.
    func takesKey() async -> Bool {
        guard let shell = try? RemoteShell(target: target, command: ["true"]) else { return false }
        let end = try? await run(shell, input: .nothing, patience: plan.firstPatience)
        return end?.exit == 0
    }

    /// Puts the person's public key there.
    ///
    /// - Source: ssh-copy-id(1).
    func copyKey() async -> Bool {
        let options = plan.controlPath.map { ["-o", "ControlPath=\($0)"] } ?? []
        let program = ChildProgram(name: "ssh-copy-id", arguments: options + [target], searchPath: plan.searchPath)
        return (try? await program.runOnTerminal()) == 0
    }

    /// Ends the connection that was kept for the steps, if there is one.
    ///
    /// - Source: ssh(1), `-O`.
    func hangUp() async {
        guard let controlPath = plan.controlPath else { return }
        let program = ChildProgram(
            name: RemoteShell.program, arguments: ["-O", "exit", "-o", "ControlPath=\(controlPath)", "--", target],
            searchPath: plan.searchPath)
        _ = try? await within(.seconds(5)) { try await program.run() }
    }

    // MARK: - Sessions

    private func remote(_ words: [String], _ mode: RemoteShell.Mode) throws(DeployFailure) -> RemoteShell {
        do throws(InventoryError) {
            return try RemoteShell(target: target, controlPath: plan.controlPath, mode: mode, command: words)
        } catch {
            throw DeployFailure(error.description)
        }
    }

    private func program(_ shell: RemoteShell) -> ChildProgram {
        ChildProgram(name: RemoteShell.program, arguments: shell.arguments, searchPath: plan.searchPath)
    }

    /// A session that must end with 0.
    private func session(
        _ words: [String], input: ChildProgram.Input, patience: Duration
    ) async throws(DeployFailure) -> ChildProgram.End {
        let end = try await run(try remote(words, .batch), input: input, patience: patience)
        guard end.exit != 0 else { return end }
        guard end.exit != 255, end.exit != nil else { throw sshFailure(end) }
        let said = Self.firstLine(end.errors)
        throw DeployFailure(
            said.isEmpty ? "\(words[0]) ended with \(end.exit ?? 0) there" : said, ["ssh \(target) df -h"])
    }

    private func run(
        _ shell: RemoteShell, input: ChildProgram.Input, patience: Duration
    ) async throws(DeployFailure) -> ChildProgram.End {
        let program = program(shell)
        do {
            return try await within(patience) { try await program.run(input) }
        } catch let error as ChildProgram.Failure {
            throw Self.failure(error)
        } catch is DeadlineExceeded {
            throw DeployFailure(
                NodeFailure(.timeout, "no answer within \(patience.components.seconds) s"), target: target)
        } catch {
            throw DeployFailure("it was interrupted", ["nucprep deploy \(name)"])
        }
    }

    private func sshFailure(_ end: ChildProgram.End) -> DeployFailure {
        let failure =
            ShellDiagnosis.failure(exit: end.exit, stderr: end.errors) ?? NodeFailure(.sshFailed, "the session broke")
        return DeployFailure(failure, target: target)
    }

    private static func failure(_ failure: ChildProgram.Failure) -> DeployFailure {
        switch failure {
        case .notFound: DeployFailure("there is no ssh on this machine", ["sudo apt-get install openssh-client"])
        case .tooMuchOutput: DeployFailure("its login shell prints without end; silence its start files")
        case .cancelled: DeployFailure("it was interrupted", ["nucprep deploy"])
        case .other(let text): DeployFailure("cannot start ssh: \(text)")
        }
    }

    private static func firstLine(_ bytes: [UInt8]) -> String {
        let lines = String(decoding: bytes.prefix(4096), as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.first.map { Sanitized($0, width: 300).text } ?? ""
    }
}
