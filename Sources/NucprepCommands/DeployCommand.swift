internal import ArgumentParser
internal import CommandProcess
internal import Fleet
internal import NodeAPI
internal import NodeAPITransport
internal import SystemPackage

/// `nucprep deploy`: package and configuration on the other nodes, over the person's own ssh.
struct DeployCommand: ParsableCommand, EndingCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy",
        abstract: "Put this machine's nucprep and configuration on the other nodes, over your own SSH.",
        discussion: """
            Run it on the control plane as yourself, without sudo. Nodes that ask for nothing are served side by side; \
            where ssh has to show a host key or ask for a password, or sudo for one, it does so on the terminal, one node \
            after the other. No host key is taken unseen, and no password is stored. What is there already is left alone; \
            a node that fails stops no other. The exit status is 0 when all nodes are as they should be, else 3; on a \
            terminal it ends as nucprep report --watch, with the verdict.
            """)

    @Argument(help: "The nodes, by name; all others of the configuration without any.")
    var nodes: [String] = []

    @Option(help: ArgumentHelp("The user that ssh logs in as.", valueName: "name"))
    var user: String?

    @Option(
        help: ArgumentHelp(
            "The package to install; by default the one this machine was installed from.", valueName: "file"),
        completion: .file(extensions: ["deb"]))
    var deb: String?

    @Flag(help: "Replace a cluster.toml that a person wrote on a node.")
    var force = false

    @Option(help: .hidden)
    var root: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        if let user, user.contains("@") || !RemoteShell.isTarget("\(user)@host") {
            throw ValidationError("--user: ssh would not take \"\(Text.printable(user))\" for a user")
        }
        guard !output.json else { throw ValidationError("deploy prints text alone") }
    }

    func perform() async throws -> Ending {
        let body = try DaemonQuestion.body(NodesBody.self, of: try await daemon.question.ask("/v1/nodes"))
        let status = try DaemonQuestion.body(StatusBody.self, of: try await daemon.question.ask("/v1/status"))
        if let reason = Self.reasonNotToStart(status) { return Self.refusal(.invalidConfiguration, reason) }
        let chosen: [FleetNode]
        switch Self.choose(nodes, from: Inventory(body).nodes) {
        case .success(let nodes): chosen = nodes
        case .failure(let error): return Self.refusal(.usage, error.text)
        }
        let package: DeployPackage
        switch await findPackage() {
        case .success(let found): package = found
        case .failure(let problem): return Self.refusal(.usage, problem.text)
        }
        guard
            let values = await LocalConfiguration.shared(
                program: OwnProgram.sibling("nucprepd"), root: FilePath(root ?? "/"))
        else {
            return Self.refusal(
                .invalidConfiguration, "the configuration of this machine is not valid; see nucprep config validate")
        }
        let kept = ControlSocket.path(runtimeFolder: StandardStreams.environment("XDG_RUNTIME_DIR"))
        let own = kept == nil ? ControlSocket.temporary() : nil
        defer { if let own { PrivateFolder.remove(own.folder) } }
        let isTerminal = StandardStreams.inputIsTerminal && StandardStreams.isTerminal(.error)
        let deployment = Deployment(
            chosen, package: package, file: DeployFile(values: values), user: user,
            controlPath: kept ?? own?.path, dialogue: isTerminal ? TerminalDialogue() : nil,
            key: StandardStreams.environment("HOME").map { PersonalKey(home: FilePath($0)) }, isForced: force,
            fanout: Inventory(body).fanout)
        say(
            "nucprep \(package.version) (\(package.path), sha256 \(package.digest.prefix(12))) to \(chosen.map(\.name).joined(separator: ", "))"
        )
        let outcomes = try await Interruption.cancelling {
            await deployment.run { node, step in say("\(node): \(step)") }
        }
        if own != nil { await deployment.hangUp() }
        try output.write(DeployText(outcomes, for: output.terminal()).text)
        guard outcomes.allSatisfy({ $0.isGood }) else { return Ending(.incomplete) }
        if let user, chosen.contains(where: { !$0.target.hasPrefix("\(user)@") }) {
            say("nucprep report logs in as the configuration says; for \(user), set user = \"\(user)\" in [fleet]")
            return Ending(.go)
        }
        // A person who watched so far sees the rest, up to the verdict.
        let isWorthIt = isTerminal && !output.quiet && outcomes.contains { $0.kind != .unchanged }
        return isWorthIt
            ? Ending(becoming: [OwnProgram.sibling("nucprep"), "report", "--watch", "--socket", daemon.socket])
            : Ending(.go)
    }

    // MARK: - What is deployed

    /// A configuration that is not in force here must not go anywhere.
    static func reasonNotToStart(_ status: StatusBody) -> String? {
        if let invalid = status.daemon.degradedBy.first(where: { $0.reason == "config-invalid" }) {
            return "the configuration of this machine is not valid: \(invalid.detail)"
        }
        guard status.daemon.configChangedOnDisk else { return nil }
        return "the files of the configuration are not those in force here; run sudo systemctl reload nucprepd first"
    }

    struct WrongNode: Error, Equatable { var text: String }

    /// The nodes that are named, or all that are not this machine.
    static func choose(_ names: [String], from nodes: [FleetNode]) -> Result<[FleetNode], WrongNode> {
        guard !nodes.isEmpty else {
            return .failure(
                WrongNode(text: "the configuration names no nodes; sudo nucprep init NAME=ADDRESS ... does"))
        }
        let others = nodes.filter { !$0.isLocal }
        guard !names.isEmpty else {
            return others.isEmpty ? .failure(WrongNode(text: "this machine is the only node")) : .success(others)
        }
        var chosen: [FleetNode] = []
        for name in names {
            guard let node = nodes.first(where: { $0.name == name }) else {
                let known = others.map(\.name).joined(separator: ", ")
                return .failure(WrongNode(text: "the configuration names no node \(name); it names \(known)"))
            }
            guard !node.isLocal else {
                return .failure(WrongNode(text: "\(name) is this machine, which has its package already"))
            }
            if !chosen.contains(node) { chosen.append(node) }
        }
        return .success(chosen)
    }

    private func findPackage() async -> Result<DeployPackage, DeployPackage.Problem> {
        let version = NucprepVersion.current
        guard let path = deb.map({ FilePath(StandardStreams.absolute($0)) }) ?? DeployPackage.kept(installed: version)
        else {
            return .failure(
                .init(
                    "no package of version \(version) is kept in \(DeployPackage.folder); name the file: nucprep deploy --deb FILE"
                ))
        }
        do throws(DeployPackage.Problem) {
            return .success(try await DeployPackage(at: path))
        } catch {
            return .failure(error)
        }
    }

    private static func refusal(_ status: ExitStatus, _ text: String) -> Ending {
        var ending = Ending(status)
        ending.story = "nucprep: \(Sanitized(text).text)\n"
        return ending
    }

    private func say(_ text: String) {
        // What is said on the way is no answer; the outcomes tell all of it.
        try? output.write("\(Sanitized(text).text)\n", to: .error)
    }
}

/// Asks on standard error and reads from standard input, both a terminal.
struct TerminalDialogue: DeployDialogue {
    func say(_ text: String) { _ = try? StandardStreams.write("\(Sanitized(text).text)\n", to: .error) }

    func confirm(_ question: String) -> Bool {
        _ = try? StandardStreams.write("\(Sanitized(question).text) [Y/n] ", to: .error)
        let answer = (readLine() ?? "n").lowercased()
        return answer.isEmpty || answer == "y" || answer == "yes"
    }
}
