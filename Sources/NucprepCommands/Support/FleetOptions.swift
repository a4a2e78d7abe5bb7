internal import ArgumentParser
internal import CommandProcess
internal import Fleet
internal import NodeAPI
internal import NodeAPITransport
internal import SystemPackage

/// Which nodes are asked, how, and what counts: the same for `report` and `preflight`.
struct FleetOptions: ParsableArguments {
    @Option(help: "Which phases count: all, init or join.")
    var phase = FleetReport.Request.Phases.all

    @Option(
        help: ArgumentHelp("Ask these nodes only: names of the configuration, or targets for ssh.", valueName: "a,b"))
    var nodes: String?

    @Flag(help: "Treat warnings as errors.")
    var strict = false

    @Option(
        help: ArgumentHelp(
            "Stop waiting after this many seconds and report on the nodes that have answered.", valueName: "seconds"))
    var deadline: Int?

    @Option(help: ArgumentHelp("How many nodes are asked at a time.", valueName: "count"))
    var fanout: Int?

    @Flag(help: "Open a connection of its own for each SSH session.")
    var noMultiplex = false

    func validate() throws {
        if let deadline, !(1...3600).contains(deadline) {
            throw ValidationError("--deadline is not between 1 and 3600 seconds")
        }
        if let fanout, !(1...FleetCheck.mostChildren).contains(fanout) {
            throw ValidationError("--fanout is not between 1 and \(FleetCheck.mostChildren)")
        }
        if let nodes { _ = try Self.inventory(naming: nodes, in: nil) }
    }

    private static func inventory(naming nodes: String, in body: NodesBody?) throws -> Inventory {
        do throws(InventoryError) {
            return try Inventory(naming: nodes.split(separator: ",").map(String.init), in: body)
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// The nodes to ask; who names them needs no daemon here.
    func inventory(from question: DaemonQuestion) async throws -> Inventory {
        let body: NodesBody?
        do {
            body = try DaemonQuestion.body(NodesBody.self, of: try await question.ask("/v1/nodes"))
        } catch is TransportError where nodes != nil {
            body = nil
        }
        if let nodes { return try Self.inventory(naming: nodes, in: body) }
        guard let body else { throw ExitStatus.noAnswer }
        return Inventory(body)
    }

    /// This machine as the only node.
    private static func alone(_ inventory: Inventory) throws -> Inventory {
        guard let own = inventory.nodes.first(where: \.isLocal) else {
            throw ValidationError("this machine is not among the [[nodes]] of its configuration")
        }
        return try Self.inventory(naming: own.name, in: inventory.cluster)
    }

    /// Whether a worker can reach the control plane; who is the control plane itself joins nothing.
    private static func joinTarget(of inventory: Inventory) -> [Remark] {
        guard let own = inventory.nodes.first, own.role != .controlPlane, let body = inventory.cluster,
            let target = JoinTarget(body)
        else { return [] }
        return [target.remark(of: own.name, after: TCPProbe.connect(to: target.host, port: target.port))].compactMap(
            \.self)
    }

    /// Asks all nodes and judges their answers, of which none may be older than `oldest` when the verdict is spoken.
    ///
    /// With `glance` the last answer of each is taken, whatever its age, and what it is doing is told. A deadline that
    /// nobody has chosen is `patience` at the least. With `isAlone` only this machine is asked, through its socket, and
    /// whether the control plane that it would join takes connections.
    func report(
        from question: DaemonQuestion, oldest: Duration, patience: Duration? = nil, isAlone: Bool = false,
        glance: (@Sendable (String, ActivityBody) -> Void)? = nil
    ) async throws -> FleetReport {
        let all = try await inventory(from: question)
        let inventory = isAlone ? try Self.alone(all) : all
        let window = fanout ?? inventory.fanout
        var chosen = deadline ?? inventory.chosenDeadlineSeconds
        if chosen == nil, let patience {
            chosen = max(Int(patience.components.seconds), inventory.deadlineSeconds(fanout: window))
        }
        let seconds = chosen ?? inventory.deadlineSeconds(fanout: window)
        var limits = FleetCheck.Limits(fanout: window, whole: .seconds(seconds))
        limits.oldest = oldest
        try limits.fit(descriptors: DescriptorLimit.soft)
        if chosen != nil { limits.share(among: inventory.nodes.count) }
        let controlPath =
            noMultiplex ? nil : ControlSocket.path(runtimeFolder: StandardStreams.environment("XDG_RUNTIME_DIR"))
        let dialling = LiveDialling(socket: question.socket, controlPath: controlPath)
        let check = FleetCheck(dialling: dialling, limits: limits, glance: glance)
        let answers = try await Interruption.cancelling { await check.answers(of: inventory.nodes) }
        let request = FleetReport.Request(phases: phase, deadlineMs: seconds * 1000, isStrict: strict)
        let seen = isAlone ? Self.joinTarget(of: inventory) : []
        return FleetReport(
            inventory: inventory, answers: answers, seen: seen, request: request, generatedAtUs: WallClock.microseconds)
    }
}

extension FleetReport.Request.Phases: ExpressibleByArgument {}
