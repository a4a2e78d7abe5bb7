internal import CommandProcess
internal import LinuxHost
internal import NodeAPI
internal import NodeAPITransport
internal import NodeEngine
internal import NodeRequirements
internal import NodeState
internal import SystemPackage
internal import TextForms

/// Judges a host once, without acting: a live one, a mounted image or a recorded one with its `machine.toml`.
struct Inspection: Sendable {
    private let root: FilePath

    /// The inspection of the host beneath `root`.
    init(root: FilePath) { self.root = root }

    /// Looks, and writes the status to standard output.
    ///
    /// - Parameter isJSON: write the body of `GET /v1/status` instead of lines.
    /// - Returns: the exit status that stands for the verdict.
    /// - Throws: when the root cannot be opened.
    func run(isJSON: Bool) async throws -> ExitStatus {
        let machine = try LinuxMachine.recorded(root)
        let state = DaemonState()
        let memory = StateFiles(StateFolder(root.appending(FilePath("var/lib/nucprep").components)))
        let load = ConfigurationReader(root: root, known: Catalog.ids).load()
        let facts = await Surroundings.facts(of: machine, load.configuration)
        state.update { state in
            state.machine = facts
            state.take(load)
        }
        let clock = HostClock.engine
        let builder = StatusBuilder(
            state: state, instance: String(repeating: "0", count: 32), bootID: machine.bootID,
            startedAt: InstantText.rfc3339(clock.realtime()))
        let cache = SnapshotCache(encode: builder.publish)
        var rules = Rules.of(state.value)
        rules.configuration.mode = .observe
        let convergence = Convergence(
            host: machine.view, control: NoControl(), rules: rules, bootID: machine.bootID, clock: clock,
            keeping: ReadOnlyRecord(files: memory), tell: { _ in }, publish: { [cache] in cache.publish($0) })
        await convergence.pass(.request)
        guard let published = cache.latest else { return .internalError }
        for problem in load.problems { try StandardStreams.write("nucprepd: \(Text.visible(problem))\n", to: .error) }
        let readiness = published.readiness
        let lines = Self.text(of: published.snapshot) + "\(readiness.wire)\n"
        try StandardStreams.write(isJSON ? Text.asciiJSON(published.status) + [0x0A] : Array(lines.utf8), to: .output)
        switch readiness {
        case .go, .goWithWarnings: return .go
        case .noGo: return .noGo
        case .incomplete: return .incomplete
        }
    }

    /// One line for each horizon and each finding, then the plan.
    static func text(of snapshot: Snapshot) -> String {
        var lines: [String] = []
        for entry in snapshot.entries {
            for (horizon, verdict) in [(Horizon.now, entry.now), (.nextBoot, entry.nextBoot)] {
                lines.append("\(entry.entry.id) \(horizon.wire) \(verdict.wire): \(observed(verdict))")
                lines += verdict.findings.map { "  \($0.reason): \($0.actual)" }
            }
        }
        for step in snapshot.plan.steps + snapshot.refused.map(\.step) {
            lines.append("plan \(step.requirement) \(step.proposal.autoClass.name) \(step.proposal.change.text)")
        }
        // Whatever stands in a tree may be somebody's: a line of it stays one line.
        return lines.map { Text.visible($0) + "\n" }.joined()
    }

    private static func observed(_ verdict: Verdict) -> String {
        switch verdict {
        case .met(let text), .unmet(let text, _), .notApplicable(let text): text
        case .unknown(let error): error.description
        case .blocked(let ids): ids.map(\.name).joined(separator: ", ")
        case .waived(let waiver, _): "until \(waiver.until): \(waiver.reason)"
        }
    }
}

/// Refuses everything: an inspection never acts.
private struct NoControl: HostControl {
    func perform(_ change: Change) throws(ChangeError) -> Effect { throw .refused("cannot act: this only inspects") }
}

/// Reads the record of the boots, and forgets what it is told.
private struct ReadOnlyRecord: BootRecordKeeping {
    let files: StateFiles
    func load() -> BootRecord { files.load() }
    func save(_ record: BootRecord) {}
}
