/// One line to `nucprepd --reach`: whom to ask, and for how long.
struct ReachRequest: Equatable, Sendable {
    /// The largest line, in bytes.
    static let largestLine = 16 * 1024
    static let mostTargets = 64

    struct Target: Hashable, Sendable {
        /// An IP address as text, never a name.
        var address: String
        var port: Int
        /// Whether to ask for an echo, too.
        var wantsEcho: Bool
    }

    var targets: [Target]
    var timeoutMilliseconds: Int

    init(targets: [Target], timeoutMilliseconds: Int) {
        self.targets = targets
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// Reads a line; `nil` when it is anything else than a request.
    init?(parsing line: [UInt8]) {
        guard line.count <= Self.largestLine, let body = SmallJSON(parsing: line),
            case .array(let list) = body["targets"], list.count <= Self.mostTargets,
            case .integer(let timeout) = body["timeout_ms"], 1...5000 ~= timeout
        else { return nil }
        var targets: [Target] = []
        for item in list {
            guard case .string(let address) = item["address"], case .integer(let port) = item["port"],
                1...65_535 ~= port, case .boolean(let echo) = item["echo"]
            else { return nil }
            targets.append(Target(address: address, port: port, wantsEcho: echo))
        }
        self.init(targets: targets, timeoutMilliseconds: timeout)
    }

    /// The line, without its end.
    var line: String {
        let list = targets.map { target in
            "{\"address\":\(SmallJSON.quoted(target.address)),\"echo\":\(target.wantsEcho),\"port\":\(target.port)}"
        }
        return "{\"targets\":[\(list.joined(separator: ","))],\"timeout_ms\":\(timeoutMilliseconds)}"
    }
}

/// The line that `nucprepd --reach` answers with.
enum ReachReply: Equatable, Sendable {
    /// How one way of asking went.
    enum Outcome: String, Sendable {
        case open, refused, timeout
        case noRoute = "no-route"
    }

    struct Result: Equatable, Sendable {
        var address: String
        var port: Int
        var tcp: Outcome
        /// `nil` when it was not asked for, or cannot be asked for here.
        var echo: Outcome?
        /// How many of three echoes did not come back.
        var lost: Int?
        /// How long the answer took: the shortest of the echoes, else that of the connection.
        var microseconds: Int?
        /// Whether one of two packets as large as the MTU came back, unfragmented; `nil` when none could be sent.
        var takesLargest: Bool?
    }

    case results([Result])
    /// The asking could not be made.
    case failed(String)

    /// Reads a line; `nil` when it is no reply.
    init?(parsing line: [UInt8]) {
        guard line.count <= 4 * ReachRequest.largestLine, let body = SmallJSON(parsing: line) else { return nil }
        if case .string(let cause) = body["error"] {
            self = .failed(cause)
            return
        }
        guard case .array(let list) = body["results"], list.count <= ReachRequest.mostTargets else { return nil }
        var results: [Result] = []
        for item in list {
            guard case .string(let address) = item["address"], case .integer(let port) = item["port"],
                case .string(let word) = item["tcp"], let tcp = Outcome(rawValue: word)
            else { return nil }
            var result = Result(address: address, port: port, tcp: tcp)
            if case .string(let word) = item["echo"] { result.echo = Outcome(rawValue: word) }
            if case .integer(let lost) = item["lost"] { result.lost = lost }
            if case .boolean(let largest) = item["largest"] { result.takesLargest = largest }
            if case .integer(let time) = item["rtt_us"] { result.microseconds = time }
            results.append(result)
        }
        self = .results(results)
    }

    /// The line, without its end.
    var line: String {
        switch self {
        case .failed(let cause): "{\"error\":\(SmallJSON.quoted(cause))}"
        case .results(let results):
            "{\"results\":[\(results.map(Self.text).joined(separator: ","))]}"
        }
    }

    private static func text(_ result: Result) -> String {
        let echo = result.echo.map { SmallJSON.quoted($0.rawValue) } ?? "null"
        let (lost, time) = (number(result.lost), number(result.microseconds))
        let largest = result.takesLargest.map(String.init) ?? "null"
        return
            "{\"address\":\(SmallJSON.quoted(result.address)),\"echo\":\(echo),\"largest\":\(largest),"
            + "\"lost\":\(lost),\"port\":\(result.port),\"rtt_us\":\(time),\"tcp\":\(SmallJSON.quoted(result.tcp.rawValue))}"
    }

    private static func number(_ value: Int?) -> String { value.map(String.init) ?? "null" }
}
