internal import NodeAPI
internal import SystemPackage

/// Puts package and configuration on nodes: side by side where nobody has to be asked, one after the other where ssh or
/// sudo asks on the terminal.
///
/// Host keys are ssh's and the person's business; nothing is copied to a node whose key is not known. A node that fails
/// stops no other.
package struct Deployment: Sendable {
    private let nodes: [NodeDeployment]
    private let others: [String: NodeDeployment]
    private let dialogue: (any DeployDialogue)?
    private let key: PersonalKey?
    private let fanout: Int

    /// A deployment of `package` and `file` to `nodes`, so many at a time as `fanout` says.
    ///
    /// `user` is whom ssh logs in as, instead of what the configuration says; `controlPath` that of `RemoteShell`;
    /// `dialogue` the person at the terminal, `nil` where there is none; `key` that person's; `searchPath` where programs
    /// are looked for, `nil` for the caller's `PATH`; `isForced` replaces a configuration that a person wrote there.
    package init(
        _ nodes: [FleetNode], package: DeployPackage, file: DeployFile, user: String? = nil, controlPath: String?,
        dialogue: (any DeployDialogue)?, key: PersonalKey? = nil, searchPath: String? = nil, isForced: Bool = false,
        fanout: Int = 32
    ) {
        let plan = NodeDeployment.Plan(
            package: package, file: file, controlPath: controlPath, searchPath: searchPath, isForced: isForced)
        func dialled(_ node: FleetNode, _ target: String) -> NodeDeployment {
            let host = target.split(separator: "@").last.map(String.init) ?? target
            return NodeDeployment(name: node.name, target: user.map { "\($0)@\(host)" } ?? target, plan: plan)
        }
        self.nodes = nodes.map { dialled($0, $0.target) }
        others = Dictionary(
            nodes.compactMap { node in node.byName.map { (node.name, dialled(node, $0)) } },
            uniquingKeysWith: { first, _ in first })
        self.dialogue = dialogue
        self.key = key
        self.fanout = max(1, fanout)
    }

    /// How far a node has come.
    private enum Stage: Sendable {
        case asked(NodeDeployment, NodeDeployment.Facts)
        case failed(NodeDeployment, DeployFailure)
        case done(DeployOutcome)
    }

    /// Does it all.
    ///
    /// - Parameter tell: is told what each node is at, while it is.
    /// - Returns: one outcome for each node, in their order.
    package func run(_ tell: @escaping @Sendable (_ node: String, _ step: String) -> Void) async -> [DeployOutcome] {
        var stages = await each(nodes) { node in await ask(node) }
        if let dialogue {
            for index in stages.indices {
                guard !Task.isCancelled, case .failed(let node, let failure) = stages[index],
                    failure.failure?.kind == .hostKeyUnknown || failure.failure?.kind == .authFailed
                else { continue }
                stages[index] = await logIn(node, failure, dialogue)
            }
        }
        stages = await each(stages) { stage in await copy(stage, tell) }
        if let dialogue {
            for index in stages.indices {
                guard !Task.isCancelled, case .asked(let node, let facts) = stages[index] else { continue }
                dialogue.say("\(node.name): sudo asks for your password there")
                stages[index] = await install(node, facts, onTerminal: true)
            }
        }
        return stages.map { stage in
            switch stage {
            case .done(let outcome): outcome
            case .failed(let node, let failure): Self.outcome(node, failure)
            case .asked(let node, _): DeployOutcome(node.name, .failed("it was interrupted"))
            }
        }
    }

    // MARK: - Stages

    /// A host key that is known by the node's name counts: then the name is dialled.
    private func ask(_ node: NodeDeployment) async -> Stage {
        do throws(DeployFailure) {
            return .asked(node, try await node.probe())
        } catch {
            guard error.failure?.kind == .hostKeyUnknown, let other = others[node.name],
                let facts = try? await other.probe()
            else { return .failed(node, error) }
            return .asked(other, facts)
        }
    }

    /// Has ssh ask the person, and offers to put the person's key there.
    private func logIn(_ node: NodeDeployment, _ failure: DeployFailure, _ dialogue: any DeployDialogue) async -> Stage
    {
        if failure.failure?.kind == .hostKeyUnknown {
            dialogue.say(
                "\(node.name): its host key is not known here. Compare the fingerprint that ssh shows with that of \"ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\" on the machine's own console."
            )
        }
        do throws(DeployFailure) {
            try await node.logIn()
            if await !node.takesKey() { await offerKey(to: node, dialogue) }
            return .asked(node, try await node.probe())
        } catch {
            return .failed(node, error)
        }
    }

    /// Has the person's public key put there, and made first where there is none, if the person agrees.
    private func offerKey(to node: NodeDeployment, _ dialogue: any DeployDialogue) async {
        if let key, await !key.exists() {
            guard
                dialogue.confirm(
                    "You have no SSH key, and nucprep report needs one to ask the nodes. Make one without a passphrase?"
                ),
                await key.make()
            else {
                dialogue.say(
                    "\(node.name): without a key on it, it answers no report; to make one: ssh-keygen -t ed25519")
                return
            }
        }
        guard dialogue.confirm("\(node.name): put your public key there, so that nucprep report can ask it?") else {
            return
        }
        if await !node.copyKey() { dialogue.say("\(node.name): ssh-copy-id could not put your key there") }
    }

    /// Ends the connections that were kept for the steps of this deployment.
    package func hangUp() async {
        _ = await each(nodes + Array(others.values)) { node in await node.hangUp() }
    }

    /// Copies, and installs where nobody has to be asked for that.
    private func copy(_ stage: Stage, _ tell: @Sendable (String, String) -> Void) async -> Stage {
        guard case .asked(let node, let facts) = stage else { return stage }
        guard !facts.isUnchanged else {
            await node.clean(facts.folder)
            return .done(DeployOutcome(node.name, .unchanged))
        }
        let needsTerminal = facts.root == .password
        if facts.root == .none || needsTerminal && dialogue == nil {
            await node.clean(facts.folder)
            let reason =
                facts.root == .none
                ? "there is no sudo there, and this user is not root" : "sudo asks for a password there"
            return .done(
                DeployOutcome(
                    node.name, .failed(reason),
                    commands: [
                        facts.root == .none
                            ? "nucprep deploy --user root \(node.name)" : "nucprep deploy \(node.name), on a terminal"
                    ]))
        }
        do throws(DeployFailure) {
            tell(
                node.name,
                "copying \(node.plan.package.path.lastComponent?.string ?? "") (\(Self.megabytes(node.plan.package.bytes)))"
            )
            try await node.copy(to: facts.folder)
        } catch {
            await node.clean(facts.folder)
            return .done(Self.outcome(node, error))
        }
        guard !needsTerminal else { return .asked(node, facts) }
        tell(node.name, "installing")
        return await install(node, facts, onTerminal: false)
    }

    private func install(_ node: NodeDeployment, _ facts: NodeDeployment.Facts, onTerminal: Bool) async -> Stage {
        do throws(DeployFailure) {
            return .done(try await node.install(facts, onTerminal: onTerminal))
        } catch {
            await node.clean(facts.folder)
            return .done(Self.outcome(node, error))
        }
    }

    private static func outcome(_ node: NodeDeployment, _ failure: DeployFailure) -> DeployOutcome {
        DeployOutcome(node.name, .failed(failure.text), commands: failure.commands)
    }

    private static func megabytes(_ bytes: Int) -> String {
        bytes < 1 << 20 ? "\(bytes / 1024) KB" : "\(bytes >> 20) MB"
    }

    /// Runs `body` for each of `items`, so many at a time; the answers are in the order of the items.
    private func each<Item: Sendable, Answer: Sendable>(
        _ items: [Item], _ body: @escaping @Sendable (Item) async -> Answer
    ) async -> [Answer] {
        var answers: [Int: Answer] = [:]
        await withTaskGroup(of: (Int, Answer).self) { group in
            var next = 0
            while answers.count < items.count {
                while next < items.count, next - answers.count < fanout {
                    let (index, item) = (next, items[next])
                    group.addTask { (index, await body(item)) }
                    next += 1
                }
                guard let (index, answer) = await group.next() else { return }
                answers[index] = answer
            }
        }
        return items.indices.compactMap { answers[$0] }
    }
}
