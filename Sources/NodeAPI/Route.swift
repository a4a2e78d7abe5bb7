/// One line of the table of routes: what can be asked of the daemon.
package struct Route: Equatable, Sendable {
    /// What a route answers with.
    package enum Name: Sendable {
        case index, version, health, status, activity, requirements, requirement, plan, nodes, time, trial
    }

    package var name: Name
    /// The path, without a query; a last part `{id}` stands for any one name.
    package var path: String
    /// The query parameters it knows.
    package var queryNames: [String]
    /// Whether it is answered to `POST` alone, since it has the daemon do something, and to root alone.
    package var isAct = false

    /// The methods that it answers.
    package var methods: [String] { isAct ? ["POST"] : ["GET", "HEAD"] }

    /// All routes of `/v1`; any local user may ask all but those that are acts.
    package static let all: [Route] = [
        Route(name: .index, path: "/", queryNames: []),
        Route(name: .version, path: "/v1/version", queryNames: []),
        Route(name: .health, path: "/v1/healthz", queryNames: []),
        Route(name: .status, path: "/v1/status", queryNames: ["fresh", "wait", "after", "only"]),
        Route(name: .activity, path: "/v1/activity", queryNames: []),
        Route(name: .requirements, path: "/v1/requirements", queryNames: []),
        Route(name: .requirement, path: "/v1/requirements/{id}", queryNames: []),
        Route(name: .plan, path: "/v1/plan", queryNames: ["only", "class"]),
        Route(name: .nodes, path: "/v1/nodes", queryNames: []),
        Route(name: .time, path: "/v1/time", queryNames: []),
        Route(name: .trial, path: "/v1/trial", queryNames: [], isAct: true),
    ]
}

/// A request that a route takes, its query decoded and known.
package struct RoutedRequest: Equatable, Sendable {
    package var route: Route
    /// The parameters, each once.
    package var query: [String: String]
    /// What stands in the place of `{id}`; `nil` where the route has no such place.
    package var id: String?

    /// Finds the route of a head.
    ///
    /// - Throws: the problem that refuses it: foreign origin, unknown path, other method, unknown, repeated or malformed query parameter, a body.
    package init(_ head: RequestHead) throws(ProblemBody) {
        try Self.refuseForeignOrigin(head)
        let parts = head.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = String(parts.first ?? "")
        guard let (route, id) = Self.route(of: path) else {
            throw ProblemBody(.notFound, detail: "cannot find \(Text.printable(path)): there is no such route")
        }
        guard route.methods.contains(head.method) else {
            let methods = route.methods.joined(separator: " and ")
            var problem = ProblemBody(
                .methodNotAllowed, detail: "cannot \(Text.printable(head.method)) \(path): it answers \(methods)")
            problem.allowedMethods = route.methods
            throw problem
        }
        guard !head.announcesBody else {
            throw ProblemBody(.badRequest, detail: "cannot take a body with \(head.method) \(path)")
        }
        self.route = route
        self.id = id
        query = try Self.query(of: parts.count > 1 ? String(parts[1]) : "", for: route)
    }

    private static func route(of path: String) -> (Route, id: String?)? {
        if let route = Route.all.first(where: { $0.path == path && !$0.path.hasSuffix("{id}") }) { return (route, nil) }
        for route in Route.all where route.path.hasSuffix("{id}") {
            let prefix = route.path.dropLast("{id}".count)
            let rest = path.dropFirst(prefix.count)
            if path.hasPrefix(prefix), !rest.isEmpty, !rest.contains("/") { return (route, String(rest)) }
        }
        return nil
    }

    /// Browsers send these fields; nobody with business here does.
    private static func refuseForeignOrigin(_ head: RequestHead) throws(ProblemBody) {
        let host = head["host"] ?? ""
        let isForeign =
            head["origin"] != nil || head["referer"] != nil || !["", "nucprep", "localhost"].contains(host)
        if isForeign {
            throw ProblemBody(
                .foreignOrigin, detail: "cannot answer a request that comes from a page or for another host")
        }
    }

    private static func query(of text: String, for route: Route) throws(ProblemBody) -> [String: String] {
        var query: [String: String] = [:]
        guard !text.isEmpty else { return query }
        for pair in text.split(separator: "&", omittingEmptySubsequences: false) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard route.queryNames.contains(name), parts.count == 2, query[name] == nil,
                let value = Text.percentDecoded(parts[1])
            else { throw .invalidQuery(name, "it is unknown here, repeated or malformed") }
            guard !value.isEmpty else { throw .invalidQuery(name, "its value is empty") }
            query[name] = value
        }
        return query
    }

    /// The requirement ids of `only`; `nil` when it is not there.
    package func only() throws(ProblemBody) -> [String]? { try list("only") }

    /// The classes of change of `class`; `nil` when it is not there.
    package func classes() throws(ProblemBody) -> [String]? { try list("class") }

    /// The words of a parameter, which stand between commas, each once.
    private func list(_ name: String) throws(ProblemBody) -> [String]? {
        guard let text = query[name] else { return nil }
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !words.contains("") else { throw .invalidQuery(name, "a word between its commas is empty") }
        guard Set(words).count == words.count else { throw .invalidQuery(name, "it names something twice") }
        return words
    }

    /// The whole number of a parameter, in digits alone: no sign, no leading zero, no digits of other scripts.
    private static func number(_ text: String) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), text == "0" || text.utf8.first != 0x30 else {
            return nil
        }
        return Int(text)
    }

    /// Whether a new look is asked for.
    package func isFresh() throws(ProblemBody) -> Bool {
        guard let text = query["fresh"] else { return false }
        guard text == "1" else { throw .invalidQuery("fresh", "only 1 is known") }
        guard query["wait"] == nil else { throw .invalidQuery("fresh", "it excludes wait") }
        return true
    }

    /// The cursor to wait past, and for how many seconds at the most; `nil` when the answer is wanted at once.
    package func wait() throws(ProblemBody) -> (seconds: Int, after: String)? {
        guard let text = query["wait"] else {
            if query["after"] != nil { throw .invalidQuery("after", "it needs wait") }
            return nil
        }
        guard let seconds = Self.number(text), (1...60).contains(seconds) else {
            throw .invalidQuery("wait", "it is not a number from 1 to 60")
        }
        guard let after = query["after"] else { throw .invalidQuery("wait", "it needs after") }
        return (seconds, after)
    }
}
