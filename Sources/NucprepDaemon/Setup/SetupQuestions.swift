internal import CommandProcess
internal import NodeAPI
internal import NodeAPITransport
internal import NodeState

/// Asks a person on the terminal for the nodes of the cluster, one after the other.
struct SetupQuestions: Sendable {
    let addresses: [String]
    let hostname: String
    /// Reads one line; `nil` at the end of the input.
    var answer: @Sendable () -> String? = { readLine() }
    var say: @Sendable (String) -> Void = { _ = try? StandardStreams.write($0, to: .error) }

    init(addresses: [String], hostname: String) {
        self.addresses = addresses
        self.hostname = hostname
    }

    /// The nodes; `nil` when the input ended before there was one.
    func ask() -> ClusterDraft? {
        var draft = ClusterDraft([])
        let here = addresses.isEmpty ? "no address" : addresses.joined(separator: ", ")
        say(Text.visible("This machine is \(hostname), with \(here).") + "\n")
        let guess = addresses.first { !$0.contains(":") }.map { "\(hostname)=\($0)" }
            .flatMap { ClusterDraft([$0]).problems.isEmpty ? $0 : nil }
        while draft.nodes.isEmpty {
            say("Control plane, NAME=ADDRESS\(guess.map { " [\($0)]" } ?? ""): ")
            guard let line = answer().map(Self.trimmed) else { return nil }
            guard let word = line.isEmpty ? guess : line else { continue }
            if let problem = draft.take(word) { say(Text.visible(problem) + "\n") }
        }
        while true {
            say("Worker, NAME=ADDRESS, or nothing to finish: ")
            guard let line = answer().map(Self.trimmed), !line.isEmpty else { break }
            if let problem = draft.take(line) { say(Text.visible(problem) + "\n") }
        }
        // What was corrected is no problem any more.
        return ClusterDraft(draft.nodes.map { "\($0.name)=\($0.address)" })
    }

    private static func trimmed(_ line: String) -> String {
        String(line.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
