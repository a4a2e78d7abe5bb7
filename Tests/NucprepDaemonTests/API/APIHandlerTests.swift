internal import NodeAPI
internal import NodeRequirements
internal import NodeState
internal import Synchronization
internal import Testing

@testable internal import NodeEngine
@testable internal import NucprepDaemon

@Suite("API handler")
struct APIHandlerTests {
    /// A handler with all that it rests on.
    struct Subject: Sendable {
        let state = DaemonState()
        let cache: SnapshotCache
        let handler: APIHandler
        let clock = StandingClock()
        /// How often a full look was asked for; each makes the next generation at once.
        let passes: PassCounter

        init(_ first: Snapshot? = Samples.snapshot(7, steps: [Samples.step])) {
            let builder = Samples.builder(state)
            cache = SnapshotCache(encode: builder.publish)
            passes = PassCounter(cache: cache, clock: clock)
            handler = APIHandler(
                cache: cache, state: state, builder: builder, clock: clock.engine, bootID: Samples.bootID,
                known: Catalog.ids, isWorldReadable: { _ in false }, requestPass: passes.request,
                requestTrial: passes.requestTrial, progress: { _ in "43 % downloaded" })
            if let first { cache.publish(first) }
        }

        /// The answer to a question of a user.
        func get(_ target: String, uid: UInt32 = 0, _ fields: [RequestHead.Field] = []) async -> APIResponse {
            let head = RequestHead(method: "GET", target: target, fields: fields)
            let caller = Caller(uid: uid, pid: 1, groups: [uid])
            return await handler.response(to: head, body: [], from: caller)
        }

        func status(_ answer: APIResponse) throws -> StatusBody {
            try WireJSON.decode(StatusBody.self, from: answer.body)
        }
        func problem(_ answer: APIResponse) throws -> ProblemBody {
            try WireJSON.decode(ProblemBody.self, from: answer.body)
        }
    }

    /// Stands for the loop that looks.
    final class PassCounter: Sendable {
        private let count = Mutex(0)
        private let trialCount = Mutex(0)
        private let cache: SnapshotCache
        private let clock: StandingClock

        init(cache: SnapshotCache, clock: StandingClock) {
            self.cache = cache
            self.clock = clock
        }

        var value: Int { count.withLock { $0 } }
        var trials: Int { trialCount.withLock { $0 } }

        func requestTrial() {
            trialCount.withLock { $0 += 1 }
            request()
        }

        func request() {
            count.withLock { $0 += 1 }
            let generation = (cache.latest?.snapshot.generation ?? 0) + 1
            cache.publish(Samples.snapshot(generation, observedAtBoottime: clock.engine.boottime()))
        }
    }

    @Test("answers every route", arguments: Route.all.filter { !$0.isAct }.map(\.path))
    func routes(_ path: String) async {
        let answer = await Subject().get(path.replacing("{id}", with: "swap-off"))
        #expect(answer.status == 200)
        #expect(answer["content-type"] == "application/json")
        #expect(answer.body.first == UInt8(ascii: "{"))
    }

    @Test("tries a pod sandbox for root alone, and never while it observes")
    func trial() async throws {
        let subject = Subject()
        subject.clock.set(2_000_000)
        let post = { (uid: UInt32) in
            await subject.handler.response(
                to: RequestHead(method: "POST", target: "/v1/trial"), body: [],
                from: Caller(uid: uid, pid: 1, groups: [uid]))
        }
        #expect(try subject.problem(await post(1000)).kind == .forbidden)
        #expect(subject.passes.trials == 0)
        // The samples are of another requirement, so there is nothing to answer with.
        #expect(try subject.problem(await post(0)).kind == .notFound)
        #expect(subject.passes.trials == 1)
        subject.state.update { $0.configuration.mode = .observe }
        #expect(try subject.problem(await post(0)).kind == .forbidden)
        #expect(subject.passes.trials == 1)
        let get = await subject.get("/v1/trial")
        #expect(get.status == 405)
        #expect(get["allow"] == "POST")
    }

    @Test("explains each requirement of the catalogue, and none that is not in it")
    func explanations() async throws {
        let subject = Subject()
        let body = try WireJSON.decode(CatalogueBody.self, from: await subject.get("/v1/requirements").body)
        #expect(body.requirements.map(\.id) == Catalog.ids.map(\.name))
        let unknown = await subject.get("/v1/requirements/swap-of")
        #expect(try subject.problem(unknown).kind == .unknownRequirement)
    }

    @Test("serves the encoded status with its cursor and its age")
    func status() async throws {
        let subject = Subject()
        subject.clock.set(6_500_000)
        let answer = await subject.get("/v1/status")
        #expect(answer.body == subject.cache.latest?.status)
        #expect(answer["etag"] == "\"3f0c9a2e.7\"")
        #expect(answer["age"] == "5")
    }

    @Test("answers 304 to whoever has it, and only then")
    func conditional() async {
        let subject = Subject()
        let same = await subject.get("/v1/status", [.init("if-none-match", "\"3f0c9a2e.7\"")])
        #expect(same.status == 304)
        #expect(same.body.isEmpty)
        #expect(same["etag"] == "\"3f0c9a2e.7\"")
        #expect(await subject.get("/v1/status", [.init("if-none-match", "\"3f0c9a2e.6\"")]).status == 200)
        let part = await subject.get("/v1/status?only=swap-off", [.init("if-none-match", "\"3f0c9a2e.7\"")])
        #expect(part.status == 200)
    }

    @Test("looks anew for fresh, each time for root and at most every two seconds for others")
    func fresh() async throws {
        let subject = Subject()
        subject.clock.set(2_000_000)
        #expect(try subject.status(await subject.get("/v1/status?fresh=1", uid: 1000)).generation == 7)
        #expect(subject.passes.value == 0)
        #expect(try subject.status(await subject.get("/v1/status?fresh=1", uid: 0)).generation == 8)
        #expect(subject.passes.value == 1)
        subject.clock.set(4_000_001)
        #expect(try subject.status(await subject.get("/v1/status?fresh=1", uid: 1000)).generation == 9)
        #expect(subject.passes.value == 2)
    }

    @Test("looks no more than six times in ten seconds for one user who asks without end, and always for root")
    func freshFlood() async throws {
        let subject = Subject()
        for step in 1...100 {
            // Two seconds and a little between two questions, so that no look is shared by chance.
            subject.clock.set(2_000_000 + step * 2_000_001)
            #expect(await subject.get("/v1/status?fresh=1", uid: 1000).status == 200)
        }
        // Five at once, then one every ten seconds of the two hundred.
        #expect((20...26).contains(subject.passes.value), "\(subject.passes.value)")
        let before = subject.passes.value
        #expect(await subject.get("/v1/status?fresh=1", uid: 1001).status == 200)
        subject.clock.set(300_000_000)
        for step in 1...10 {
            subject.clock.set(300_000_000 + step)
            #expect(await subject.get("/v1/status?fresh=1", uid: 0).status == 200)
        }
        #expect(subject.passes.value >= before + 10)
    }

    @Test("waits past a cursor, and answers at once to any other")
    func waits() async throws {
        let subject = Subject()
        #expect(try subject.status(await subject.get("/v1/status?wait=60&after=00000000.7")).generation == 7)
        let answer = await withTaskGroup(of: APIResponse?.self) { group in
            group.addTask { await subject.get("/v1/status?wait=60&after=3f0c9a2e.7") }
            group.addTask {
                await Task.yield()
                subject.cache.publish(Samples.snapshot(8))
                return nil
            }
            return await group.reduce(into: [APIResponse]()) { if let answer = $1 { $0.append(answer) } }.first
        }
        #expect(try subject.status(try #require(answer)).generation == 8)
    }

    @Test("answers with what is there when the wait is over")
    func waitOver() async throws {
        let subject = Subject()
        #expect(try subject.status(await subject.get("/v1/status?wait=1&after=3f0c9a2e.7")).generation == 7)
    }

    @Test("shows the requirements asked for, and names the nearest of an unknown one")
    func only() async throws {
        let subject = Subject()
        #expect(
            try subject.status(await subject.get("/v1/status?only=swap-off")).requirements.map(\.id) == ["swap-off"])
        for route in ["/v1/status", "/v1/plan"] {
            let answer = await subject.get("\(route)?only=swap-of")
            #expect(answer.status == 404)
            let problem = try subject.problem(answer)
            #expect(problem.kind == .unknownRequirement)
            #expect(problem.id == "swap-of")
            #expect(problem.nearest == "swap-off")
        }
    }

    @Test("plans without doing, and shows a reader no difference of a file that is a secret")
    func plan() async throws {
        let subject = Subject()
        let plan = try WireJSON.decode(PlanBody.self, from: await subject.get("/v1/plan").body)
        #expect(plan.steps.map(\.change.object) == ["/etc/fstab"])
        #expect(plan.steps[0].diff != nil)
        let reader = try WireJSON.decode(PlanBody.self, from: await subject.get("/v1/plan", uid: 1000).body)
        #expect(reader.steps[0].diff == nil)
        #expect(reader.steps[0].withheld)
        #expect(subject.passes.value == 0)
    }

    @Test(
        "refuses queries it does not know",
        arguments: [
            "/v1/status?frob=1", "/v1/status?wait=0&after=x", "/v1/status?wait=61&after=x", "/v1/status?wait=5",
            "/v1/status?after=x", "/v1/status?fresh=2", "/v1/status?fresh=1&wait=5&after=x", "/v1/status?only=",
            "/v1/plan?class=A4", "/v1/plan?class=", "/v1/plan?class=A1,", "/v1/plan?class=a1",
            "/v1/status?wait=+5&after=x",
            "/v1/version?only=swap-off",
        ])
    func queries(_ target: String) async throws {
        let answer = await Subject().get(target)
        #expect(answer.status == 400, "\(String(decoding: answer.body, as: UTF8.self))")
        #expect(answer["content-type"] == "application/problem+json")
    }

    @Test("decides on the head alone")
    func heads() {
        let handler = Subject().handler
        let caller = Caller(uid: 1000, pid: 1, groups: [])
        let refusal = { (method: String, target: String, fields: [RequestHead.Field]) in
            handler.refusal(of: RequestHead(method: method, target: target, fields: fields), from: caller)?.status
        }
        #expect(refusal("GET", "/v1/status", []) == nil)
        #expect(refusal("POST", "/v1/status", []) == 405)
        #expect(refusal("GET", "/v1/secrets", []) == 404)
        #expect(refusal("GET", "/v1/status", [.init("origin", "http://x")]) == 403)
        #expect(refusal("GET", "/v1/status", [.init("host", "example.org")]) == 403)
        #expect(refusal("GET", "/v1/status", [.init("content-length", "2")]) == 400)
    }

    @Test("says that it is starting before the first look, and is not healthy")
    func starting() async throws {
        let subject = Subject(nil)
        for target in ["/v1/status", "/v1/plan", "/v1/status?wait=1&after=x"] {
            let answer = await subject.get(target)
            #expect(answer.status == 503)
            #expect(answer["retry-after"] == "1")
            #expect(try subject.problem(answer).kind == .starting)
        }
        let health = await subject.get("/v1/healthz")
        #expect(health.status == 503)
        #expect(await subject.get("/v1/version").status == 200)
        #expect(await subject.get("/v1/time").status == 200)
    }

    @Test("says that it is stopping")
    func stopping() async throws {
        let subject = Subject()
        subject.state.update { $0.isStopping = true }
        let answer = await subject.get("/v1/status")
        #expect(answer.status == 503)
        #expect(try subject.problem(answer).kind == .stopping)
    }

    @Test("is not healthy with a lost watch")
    func health() async throws {
        let subject = Subject()
        #expect(await subject.get("/v1/healthz").status == 200)
        subject.state.update { $0.lostWatches = [.init(part: "watch", name: "files", detail: "no")] }
        let answer = await subject.get("/v1/healthz")
        #expect(answer.status == 503)
        let body = try WireJSON.decode(HealthBody.self, from: answer.body)
        #expect(!body.healthy)
        #expect(body.failing.map(\.name) == ["files"])
    }

    @Test("tells the clocks of the node")
    func time() async throws {
        let subject = Subject()
        let body = try WireJSON.decode(TimeBody.self, from: await subject.get("/v1/time").body)
        #expect(body.bootId == Samples.bootID)
        #expect(body.boottimeUs == 1_000_000)
        #expect(body.realtimeUs == 1_795_342_500_412_906)
    }
}
