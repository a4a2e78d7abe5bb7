internal import NodeState
internal import Synchronization

/// The values that the requirements of one look share, each with a digest of what it was computed from.
final class SharedValues: Sendable {
    fileprivate struct Kept {
        var result: Result<any Sendable, ObservationError>
        var digest: String
    }

    private let kept = Mutex<[String: Kept]>([:])

    /// Ends the look: a value may hold the view that it was computed from, and with it this.
    func forget() { kept.withLock { $0 = [:] } }

    fileprivate subscript(name: String) -> Kept? {
        get { kept.withLock { $0[name] } }
        set { kept.withLock { $0[name] = newValue } }
    }
}

/// One requirement's way to the shared values: what a value rests on becomes evidence of this requirement too.
struct SharedMemory: LookMemory {
    let values: SharedValues
    /// The host without any trace, from which values are computed.
    let host: HostView
    /// What the requirement rests on; `nil` where that is not kept.
    let trace: EvidenceTrace?

    func value<Value: Sendable>(
        _ name: String, compute: (HostView) async throws(ObservationError) -> Value
    ) async throws(ObservationError) -> Value {
        if let kept = values[name] {
            trace?.note(shared: name, kept.digest)
            switch kept.result {
            case .failure(let error): throw error
            case .success(let value): if let value = value as? Value { return value }
            }
        }
        let own = EvidenceTrace(host.files)
        let view = own.tracing(host, values)
        do throws(ObservationError) {
            let value = try await compute(view)
            values[name] = SharedValues.Kept(result: .success(value), digest: own.digest)
            trace?.note(shared: name, own.digest)
            return value
        } catch {
            trace?.note(shared: name, own.digest)
            // What need not last is tried again by the next one that asks.
            if !error.isTransient { values[name] = SharedValues.Kept(result: .failure(error), digest: own.digest) }
            throw error
        }
    }
}

extension EvidenceTrace {
    /// The host with everything read through this trace, which shared values are added to.
    func tracing(_ host: HostView, _ values: SharedValues) -> HostView {
        var traced = host
        traced.files = self
        traced.packages = tracing(host.packages)
        traced.memory = SharedMemory(values: values, host: host, trace: self)
        return traced
    }
}
