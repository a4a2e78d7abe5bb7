internal import Glibc
package import SystemPackage

/// What `nucprepd --reach` is: network without root, for one question.
package enum Reach {
    /// Reads one line from `input`, asks whom it names, and answers with one line on `output`.
    ///
    /// Blocks for as long as the line says, 5 s at the most, once it is there; that it comes at all is for the unit's
    /// own limit of time.
    ///
    /// - Returns: whether the line was a request that could be carried out.
    package static func serve(input: FileDescriptor, output: FileDescriptor) -> Bool {
        let reply: ReachReply
        if let line = line(from: input), let request = ReachRequest(parsing: line) {
            reply = answer(request)
        } else {
            reply = .failed("the line is no request")
        }
        guard (try? output.writeAll((reply.line + "\n").utf8)) != nil else { return false }
        if case .results = reply { return true }
        return false
    }

    /// The bytes up to the end of the first line; `nil` when there are too many.
    static func line(from input: FileDescriptor) -> [UInt8]? {
        var line: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while line.count <= ReachRequest.largestLine {
            let count = (try? unsafe chunk.withUnsafeMutableBytes { try unsafe input.read(into: $0) }) ?? 0
            guard count > 0 else { return line }
            let part = chunk[..<count]
            line += part.prefix { $0 != UInt8(ascii: "\n") }
            if part.contains(UInt8(ascii: "\n")) { return line.count <= ReachRequest.largestLine ? line : nil }
        }
        return nil
    }

    /// Asks all targets at once.
    static func answer(_ request: ReachRequest) -> ReachReply {
        let limit = Duration.milliseconds(request.timeoutMilliseconds)
        var asked: [(target: ReachRequest.Target, tcp: ConnectAttempt, echo: EchoAttempt?)] = []
        for target in request.targets {
            guard let address = NumericAddress(target.address, port: target.port) else {
                return .failed("\(target.address) is no address")
            }
            do throws(Errno) {
                let tcp = try ConnectAttempt(to: address)
                // Without the right to ask for an echo, the connection alone tells.
                let echo = target.wantsEcho ? try? EchoAttempt(to: address, interval: limit / 10) : nil
                asked.append((target, tcp, echo))
            } catch {
                return .failed("there is no socket to be had: \(error)")
            }
        }
        let attempts: [ReachAttempt] = asked.map(\.tcp) + asked.compactMap(\.echo)
        wait(for: attempts, until: .now + limit)
        for attempt in attempts where attempt.outcome == nil { attempt.giveUp() }
        return .results(
            asked.map { target, tcp, echo in
                let time = echo?.roundTrip ?? tcp.duration
                return ReachReply.Result(
                    address: target.address, port: target.port, tcp: tcp.outcome ?? .timeout, echo: echo?.outcome,
                    lost: echo?.lost, microseconds: time.map { Int($0 / .microseconds(1)) },
                    takesLargest: echo?.takesLargest)
            })
    }

    private static func wait(for attempts: [ReachAttempt], until end: ContinuousClock.Instant) {
        while true {
            let now = ContinuousClock.now
            for attempt in attempts where attempt.outcome == nil {
                if let due = attempt.dueAt, due <= now { attempt.advance() }
            }
            let pending = attempts.filter { $0.outcome == nil }
            guard !pending.isEmpty, now < end else { return }
            let next = pending.compactMap(\.dueAt).min() ?? end
            // The numbers are good for as long as `pending` is: each attempt keeps its socket.
            defer { extendLifetime(pending) }
            var polls = pending.map { attempt in
                attempt.socket.withNumber { pollfd(fd: $0, events: attempt.events, revents: 0) }
            }
            // Rounded up: a wait that is too short would be a loop.
            let milliseconds = Int32((max(.zero, min(next, end) - now) / .milliseconds(1)).rounded(.up))
            guard unsafe poll(&polls, nfds_t(polls.count), milliseconds) > 0 else { continue }
            for (attempt, ready) in zip(pending, polls) where ready.revents != 0 && attempt.outcome == nil {
                attempt.advance()
            }
        }
    }
}
