internal import NodeAPI
internal import NodeTesting
internal import Testing

@Suite("Routed request")
struct RoutedRequestTests {
    private func route(_ target: String, method: String = "GET", _ fields: [RequestHead.Field] = []) throws(ProblemBody)
        -> RoutedRequest
    {
        try RoutedRequest(RequestHead(method: method, target: target, fields: fields))
    }

    private func problem(of body: () throws -> Void) -> ProblemBody? {
        do {
            try body()
            return nil
        } catch {
            return error as? ProblemBody
        }
    }

    @Test("finds an act for POST alone", arguments: Route.all.filter(\.isAct))
    func acts(_ act: Route) throws {
        #expect(try route(act.path, method: "POST").route == act)
        for method in ["GET", "HEAD", "PUT"] {
            let found = problem { _ = try route(act.path, method: method) }
            #expect(found?.kind == .methodNotAllowed)
            #expect(found?.response()["allow"] == "POST")
        }
    }

    @Test("finds each route for GET and HEAD", arguments: Route.all.filter { !$0.isAct })
    func routes(_ route: Route) throws {
        #expect(try self.route(route.path).route == route)
        #expect(try self.route(route.path, method: "HEAD").route == route)
        #expect(try self.route(route.path + "?").query == [:])
    }

    @Test("takes the name of a requirement from the path")
    func id() throws {
        let request = try route("/v1/requirements/swap-off")
        #expect(request.route.name == .requirement)
        #expect(request.id == "swap-off")
        #expect(try route("/v1/requirements").id == nil)
        for target in ["/v1/requirements/", "/v1/requirements/swap-off/", "/v1/requirements/a/b"] {
            #expect(problem { _ = try route(target) }?.kind == .notFound, "\(target)")
        }
    }

    @Test("refuses other methods on a route", arguments: ["POST", "PUT", "DELETE", "OPTIONS", "get"])
    func methods(method: String) {
        #expect(problem { _ = try route("/v1/status", method: method) }?.kind == .methodNotAllowed)
        #expect(problem { _ = try route("/v1/nothing", method: method) }?.kind == .notFound)
    }

    @Test(
        "takes a path for what it is, byte for byte",
        arguments: [
            "/v1/Status", "/v1/status/", "//v1/status", "/v1/%73tatus", "/v2/status", "/v1/status#a", "/v1", "*",
        ])
    func notFound(target: String) {
        #expect(problem { _ = try route(target) }?.kind == .notFound)
    }

    @Test("refuses a body on GET, whatever announces it")
    func body() throws {
        #expect(problem { _ = try route("/v1/status", [.init("content-length", "1")]) }?.kind == .badRequest)
        #expect(problem { _ = try route("/v1/status", [.init("transfer-encoding", "chunked")]) }?.kind == .badRequest)
        for none in ["0", "00", "000"] { _ = try route("/v1/status", [.init("content-length", none)]) }
        for some in ["", "+0", "-0", "01", "0,0", "0x0", "\u{660}", "99999999999999999999999"] {
            let found = problem { _ = try route("/v1/status", [.init("content-length", some)]) }
            #expect(found?.kind == .badRequest, "\(some)")
        }
    }

    @Test(
        "takes the hosts that are meant for it",
        arguments: [[], [RequestHead.Field("host", "")], [.init("host", "nucprep")], [.init("host", "localhost")]])
    func hosts(fields: [RequestHead.Field]) throws {
        _ = try route("/v1/status", fields)
    }

    @Test(
        "refuses what a browser sends, before anything else",
        arguments: [
            RequestHead.Field("origin", "null"), .init("origin", ""), .init("referer", "http://localhost/"),
            .init("host", "localhost:8080"), .init("host", "example.org"), .init("host", "localhost.example.org"),
        ])
    func foreign(field: RequestHead.Field) {
        #expect(problem { _ = try route("/v1/status", [field]) }?.kind == .foreignOrigin)
        #expect(problem { _ = try route("/nothing", method: "POST", [field]) }?.kind == .foreignOrigin)
    }

    @Test("reads a query, its values decoded")
    func query() throws {
        let request = try route("/v1/status?only=swap%2Doff,a&wait=5&after=3f0c%2e9")
        #expect(request.query == ["only": "swap-off,a", "wait": "5", "after": "3f0c.9"])
        #expect(try request.only() == ["swap-off", "a"])
        let wait = try #require(try request.wait())
        #expect(wait.seconds == 5)
        #expect(wait.after == "3f0c.9")
    }

    @Test(
        "refuses a query that it does not know, with the name of the parameter",
        arguments: [
            ("/v1/status?unknown=1", "unknown"), ("/v1/status?fresh=1&fresh=1", "fresh"), ("/v1/status?fresh", "fresh"),
            ("/v1/status?=1", ""), ("/v1/nodes?only=a", "only"), ("/v1/status?only=%", "only"),
            ("/v1/status?only=%4", "only"), ("/v1/status?only=%zz", "only"), ("/v1/status?only=%+5", "only"),
            ("/v1/status?only=%-0", "only"), ("/v1/status?only=%00", "only"), ("/v1/status?only=%0a", "only"),
            ("/v1/status?only=%7F", "only"), ("/v1/status?only=%FF", "only"), ("/v1/status?%6fnly=a", "%6fnly"),
            ("/v1/status?FRESH=1", "FRESH"), ("/v1/status?fresh=1&", ""), ("/v1/status?&fresh=1", ""),
            ("/v1/status?wait=5&&after=x", ""), ("/v1/status?only=", "only"), ("/v1/status?wait=&after=x", "wait"),
            ("/v1/status?wait=5&after=", "after"), ("/v1/status?fresh=", "fresh"), ("/v1/plan?class=", "class"),
            ("/v1/plan?class=A1&class=A2", "class"), ("/v1/status?wait=5&after=x&wait=6", "wait"),
        ])
    func unknownQuery(target: String, parameter: String) {
        let found = problem { _ = try route(target) }
        #expect(found?.kind == .invalidQuery)
        #expect(found?.parameter == parameter)
    }

    @Test(
        "refuses values that mean nothing, and what excludes each other",
        arguments: [
            ("/v1/status?fresh=0", "fresh"), ("/v1/status?fresh=true", "fresh"),
            ("/v1/status?fresh=1&wait=1&after=x", "fresh"),
            ("/v1/status?wait=0&after=x", "wait"), ("/v1/status?wait=61&after=x", "wait"),
            ("/v1/status?wait=x&after=x", "wait"), ("/v1/status?wait=1", "wait"), ("/v1/status?after=x", "after"),
            ("/v1/status?wait=+5&after=x", "wait"), ("/v1/status?wait=%2B5&after=x", "wait"),
            ("/v1/status?wait=-5&after=x", "wait"), ("/v1/status?wait=05&after=x", "wait"),
            ("/v1/status?wait=00&after=x", "wait"), ("/v1/status?wait=%205&after=x", "wait"),
            ("/v1/status?wait=5s&after=x", "wait"), ("/v1/status?wait=5.0&after=x", "wait"),
            ("/v1/status?wait=0x5&after=x", "wait"), ("/v1/status?wait=%D9%A5&after=x", "wait"),
            ("/v1/status?wait=%EF%BC%95&after=x", "wait"), ("/v1/status?wait=18446744073709551621&after=x", "wait"),
            ("/v1/status?fresh=+1", "fresh"), ("/v1/status?fresh=01", "fresh"), ("/v1/status?fresh=%EF%BC%91", "fresh"),
            ("/v1/status?only=,", "only"), ("/v1/status?only=a,", "only"), ("/v1/status?only=,a", "only"),
            ("/v1/status?only=a,,b", "only"), ("/v1/status?only=a,b,a", "only"),
            ("/v1/plan?class=,", "class"), ("/v1/plan?class=A1,", "class"), ("/v1/plan?class=A1,A1", "class"),
        ])
    func meaningless(target: String, parameter: String) throws {
        let request = try route(target)
        let found = problem {
            _ = try request.isFresh()
            _ = try request.wait()
            _ = try request.only()
            _ = try request.classes()
        }
        #expect(found?.kind == .invalidQuery)
        #expect(found?.parameter == parameter)
    }

    @Test("asks for nothing by default")
    func defaults() throws {
        let request = try route("/v1/status")
        #expect(try !request.isFresh())
        #expect(try request.wait() == nil)
        #expect(try request.only() == nil)
        #expect(try route("/v1/status?fresh=1").isFresh())
    }
}
