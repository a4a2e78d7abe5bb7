internal import NodeState

/// Tells whether anything happened to what decides about acting: to kubeadm's program, and to the files of a cluster.
package protocol GateWatching: Sendable {
    /// Begins to watch for what happens from now on; to be called before the facts are judged.
    ///
    /// - Returns: what ``isQuiet(since:)`` is asked with; `nil` where nothing can be watched: then the facts are judged
    ///   before each act.
    func begin() -> Int?
    /// Whether facts that were judged after `begin` gave this number still hold.
    ///
    /// It may answer `false` without reason, and never `true` when something happened.
    func isQuiet(since number: Int) -> Bool
}

/// Watches nothing: the facts are judged before each act.
package struct NoGate: GateWatching {
    /// The gate that is never quiet.
    package init() {}
    package func begin() -> Int? { nil }
    package func isQuiet(since number: Int) -> Bool { false }
}

/// The two facts that decide about each act, kept for as long as they hold for certain.
///
/// Each act asks again whether they hold: they are judged anew unless the gate heard of nothing since they were judged, and
/// the kernel queues what the gate hears of before the call returns that caused it. So what began before the question is
/// known by it, and what begins after it would have come too late for a judgement as well.
struct Gate: Sendable {
    private let watch: any GateWatching
    private var number: Int?

    /// What keeps everything from being changed; `nil` when nothing does.
    private(set) var stop: EnforcementStop?
    /// Whether a cluster has left anything on the node; an error is not knowing.
    private(set) var membership: Result<Bool, ObservationError> = .success(false)

    init(_ watch: any GateWatching) { self.watch = watch }

    /// Has the facts judged by the next question, whatever was heard.
    mutating func doubt() { number = nil }

    /// The gate with facts that hold now.
    func confirmed(_ rules: Convergence.Rules, _ host: HostView) async -> Gate {
        if let number, watch.isQuiet(since: number) { return self }
        var gate = self
        gate.number = watch.begin()
        do throws(ObservationError) {
            let sighting = try await rules.kubeadm(host)
            gate.stop = sighting.process.map { .kubeadm($0) }
            // One that goes by the name may become the one at work, and the end of that one is not heard of.
            if sighting.hasNamesakes { gate.number = nil }
        } catch {
            // Not knowing is reason enough to keep still.
            gate.stop = .unknown(error)
            gate.number = nil
        }
        do throws(ObservationError) {
            gate.membership = .success(try await rules.isMember(host))
        } catch {
            gate.membership = .failure(error)
            gate.number = nil
        }
        return gate
    }
}
