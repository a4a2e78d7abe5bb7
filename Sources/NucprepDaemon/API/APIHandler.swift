internal import NodeAPI
internal import NodeEngine
internal import NodeState
internal import SystemPackage

/// Answers the routes of the API from the last snapshot.
struct APIHandler: APIHandling {
    private let cache: SnapshotCache
    private let state: DaemonState
    private let builder: StatusBuilder
    private let clock: EngineClock
    private let bootID: String
    private let known: [RequirementID]
    private let isWorldReadable: @Sendable (FilePath) -> Bool
    private let requestPass: @Sendable () -> Void
    private let requestTrial: @Sendable () -> Void
    private let progress: @Sendable (Change) -> String?
    private let looks: LookBudget

    /// The handler of one daemon.
    ///
    /// - Parameters:
    ///   - cache: where snapshots are.
    ///   - state: what is known beside them.
    ///   - builder: writes the bodies.
    ///   - clock: the clocks of the host.
    ///   - bootID: the boot that runs.
    ///   - known: the ids of the catalogue.
    ///   - isWorldReadable: whether any local user may read a file; what is absent is no secret.
    ///   - requestPass: asks for a full look, which is shared by callers who ask at the same time, and returns at once.
    ///   - requestTrial: asks for a full look in which pod sandboxes are tried.
    ///   - progress: how far a change under way has come, where that is told.
    init(
        cache: SnapshotCache, state: DaemonState, builder: StatusBuilder, clock: EngineClock, bootID: String,
        known: [RequirementID], isWorldReadable: @escaping @Sendable (FilePath) -> Bool,
        requestPass: @escaping @Sendable () -> Void, requestTrial: @escaping @Sendable () -> Void,
        progress: @escaping @Sendable (Change) -> String?
    ) {
        self.cache = cache
        self.state = state
        self.builder = builder
        self.clock = clock
        self.bootID = bootID
        self.known = known
        self.isWorldReadable = isWorldReadable
        self.requestPass = requestPass
        self.requestTrial = requestTrial
        self.progress = progress
        looks = LookBudget(clock: clock)
    }

    func refusal(of head: RequestHead, from caller: Caller) -> APIResponse? {
        do throws(ProblemBody) {
            _ = try RoutedRequest(head)
            return nil
        } catch {
            return error.response()
        }
    }

    func response(to head: RequestHead, body: [UInt8], from caller: Caller) async -> APIResponse {
        do throws(ProblemBody) {
            return try await answer(try RoutedRequest(head), head, caller)
        } catch {
            return error.response()
        }
    }

    private func answer(_ request: RoutedRequest, _ head: RequestHead, _ caller: Caller) async throws(ProblemBody)
        -> APIResponse
    {
        switch request.route.name {
        case .index: return .json(IndexBody())
        case .version: return .json(VersionBody(nucprepVersion: NucprepVersion.current))
        case .nodes: return .json(builder.nodes())
        case .time:
            return .json(
                TimeBody(
                    bootId: bootID, realtimeUs: clock.realtime(), boottimeUs: clock.boottime(), synchronised: nil))
        case .health: return health()
        case .activity: return .json(activity)
        case .requirements: return .json(builder.catalogue())
        case .requirement:
            let id = request.id ?? ""
            _ = try known([id])
            guard let body = builder.explanation(of: id, try current().snapshot) else {
                throw ProblemBody(.notFound, detail: "cannot find \(Text.printable(id)): it is not in force")
            }
            return .json(body)
        case .plan:
            let only = try known(request.only())
            let classes = try request.classes().map(Set.init)
            guard classes?.isSubset(of: AutoClass.names) ?? true else {
                throw .invalidQuery("class", "it is not of A1, A2, A3")
            }
            let published = try current()
            // A reader sees nothing that the file system would refuse.
            return .json(
                builder.plan(published.snapshot, only: only, classes: classes) { path in
                    caller.uid == 0 || isWorldReadable(path)
                })
        case .status: return try await status(request, head, caller)
        case .trial: return try await trial(caller)
        }
    }

    private func status(_ request: RoutedRequest, _ head: RequestHead, _ caller: Caller) async throws(ProblemBody)
        -> APIResponse
    {
        let only = try known(request.only())
        if try request.isFresh() { try await look(caller) }
        if let wait = try request.wait() { await waitPast(wait.after, seconds: wait.seconds) }
        let published = try current()
        let fields = [
            RequestHead.Field("content-type", "application/json"),
            RequestHead.Field("etag", "\"\(published.cursor)\""),
            RequestHead.Field("age", String(age(published.snapshot))),
        ]
        if only == nil, head["if-none-match"] == "\"\(published.cursor)\"" {
            return APIResponse(status: 304, fields: fields)
        }
        let some = only.map { builder.status(published.snapshot, readiness: published.readiness, only: $0) }
        return APIResponse(status: 200, fields: fields, body: some.map { WireJSON.encode($0) } ?? published.status)
    }

    /// Has pod sandboxes be tried once, and answers with what is known of the requirement then.
    private func trial(_ caller: Caller) async throws(ProblemBody) -> APIResponse {
        guard caller.uid == 0 else {
            throw ProblemBody(
                .forbidden, detail: "cannot start a pod sandbox for user \(caller.uid)",
                remedy: "ask as root, with sudo")
        }
        guard state.value.configuration.mode(for: Self.trialID) == .enforce else {
            throw ProblemBody(
                .forbidden, detail: "cannot start a pod sandbox: nucprepd is in observe mode",
                remedy: "set mode = \"enforce\" in [policy] of nucprep.toml")
        }
        let wanted = clock.boottime()
        requestTrial()
        try await waitForLook(since: wanted, within: .seconds(240))
        guard let body = builder.explanation(of: Self.trialID.name, try current().snapshot) else {
            throw ProblemBody(.notFound, detail: "cannot find \(Self.trialID): it is not in force")
        }
        return .json(body)
    }

    private static let trialID: RequirementID = "pod-sandbox-starts"

    /// Waits for a full look that began after the request; those without a say may share one of the last seconds.
    private func look(_ caller: Caller) async throws(ProblemBody) {
        guard let wanted = missingLook(caller) else { return }
        requestPass()
        try await waitForLook(since: wanted, within: .seconds(10))
    }

    private func waitForLook(since wanted: Int, within limit: Duration) async throws(ProblemBody) {
        let isDone = await within(limit) { [cache] in
            var seen = cache.latest
            while !Task.isCancelled, (seen?.snapshot.observedAtBoottime ?? 0) < wanted {
                seen = await cache.next(after: seen?.cursor ?? "")
            }
        }
        if !isDone {
            throw ProblemBody(
                .starting,
                detail: "cannot answer within \(limit.components.seconds) s: the look at the host still goes on")
        }
    }

    /// Since when there would have to be a look; `nil` when there is one that is new enough for the caller.
    private func missingLook(_ caller: Caller) -> Int? {
        let (now, latest) = (clock.boottime(), cache.latest?.snapshot.observedAtBoottime ?? 0)
        if caller.uid == 0 { return latest >= now ? nil : now }
        if latest >= now - LookBudget.sharedMicroseconds { return nil }
        let mayLook = looks.takeLook(for: caller.uid)
        let wanted = now - (mayLook ? LookBudget.sharedMicroseconds : LookBudget.longSharedMicroseconds)
        return latest >= wanted ? nil : wanted
    }

    private func waitPast(_ cursor: String, seconds: Int) async {
        _ = await within(.seconds(seconds)) { [cache] in _ = await cache.next(after: cursor) }
    }

    private func current() throws(ProblemBody) -> SnapshotCache.Published {
        if state.value.isStopping { throw ProblemBody(.stopping, detail: "cannot answer: the daemon is shutting down") }
        guard let latest = cache.latest, latest.snapshot.observedAtBoottime > 0 else {
            throw ProblemBody(.starting, detail: "cannot answer yet: the first look at the host is not over")
        }
        return latest
    }

    /// The age of the last full look in whole seconds, on the clock that no one sets.
    private func age(_ snapshot: Snapshot) -> Int {
        max(0, (clock.boottime() - snapshot.observedAtBoottime) / 1_000_000)
    }

    /// What goes on now; it waits for nothing.
    private var activity: ActivityBody {
        let isStarting = (cache.latest?.snapshot.observedAtBoottime ?? 0) == 0
        let step = state.value.activity.map { $0.body(now: clock.boottime(), progress: progress($0.change)) }
        return ActivityBody(state: isStarting ? "starting" : step == nil ? "idle" : "working", step: step)
    }

    private func health() -> APIResponse {
        var failing = state.value.lostWatches
        if cache.latest == nil {
            failing.append(.init(part: "look", name: "first", detail: "the first look is not over"))
        }
        let body = HealthBody(failing: failing)
        return .json(body, status: body.healthy ? 200 : 503)
    }

    private func known(_ ids: [String]?) throws(ProblemBody) -> Set<String>? {
        guard let ids else { return nil }
        for id in ids where !known.contains(where: { $0.name == id }) {
            let shown = Text.printable(id)
            var problem = ProblemBody(.unknownRequirement, detail: "cannot find the requirement \(shown)")
            problem.id = shown
            problem.nearest = known.map(\.name).first { $0.hasPrefix(id.prefix(3)) }
            throw problem
        }
        return Set(ids)
    }
}

extension APIResponse {
    fileprivate static func json(_ body: some Encodable, status: Int = 200) -> APIResponse {
        APIResponse(
            status: status, fields: [.init("content-type", "application/json")], body: WireJSON.encode(body))
    }
}
