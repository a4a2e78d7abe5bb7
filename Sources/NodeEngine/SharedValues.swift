internal import NodeState
internal import Synchronization

/// The values that the requirements of one look share, each with a digest of what it was computed from.
///
/// Lasting ones outlive the look: an event that bears on what one was computed from ends it, and so does a full look.
final class SharedValues: Sendable {
    fileprivate struct Kept {
        var result: Result<any Sendable, ObservationError>
        var digest: String
        var marks: ReadMarks
        var isLasting: Bool
    }

    private let kept = Mutex<[String: Kept]>([:])

    /// Forgets everything: a full look rests on nothing that was read before it.
    func forget() { kept.withLock { $0 = [:] } }

    /// Ends a look: a value that is not lasting may hold the view that it was computed from, and with it this.
    func endLook() { kept.withLock { $0 = $0.filter(\.value.isLasting) } }

    /// Forgets what an event bears on.
    func forget(_ heard: Set<Input>) {
        kept.withLock { $0 = $0.filter { !$0.value.marks.bears(heard, inputs: nil) } }
    }

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
    /// What the requirement was read from.
    var marks = ReadMarks()

    func value<Value: Sendable>(
        _ name: String, isLasting: Bool = false, compute: (HostView) async throws(ObservationError) -> Value
    ) async throws(ObservationError) -> Value {
        if let kept = values[name] {
            trace?.note(shared: name, kept.digest)
            marks.note(kept.marks)
            switch kept.result {
            case .failure(let error): throw error
            case .success(let value): if let value = value as? Value { return value }
            }
        }
        let ownMarks = ReadMarks()
        let marked = host.marking(ownMarks)
        let own = EvidenceTrace(marked.files)
        let view = own.tracing(marked, SharedMemory(values: values, host: host, trace: own, marks: ownMarks))
        marks.note(ownMarks)
        do throws(ObservationError) {
            let value = try await compute(view)
            keep(name, .success(value), own, ownMarks, isLasting: isLasting)
            return value
        } catch {
            trace?.note(shared: name, own.digest)
            // What need not last is tried again by the next one that asks.
            if !error.isTransient { keep(name, .failure(error), own, ownMarks, isLasting: false) }
            throw error
        }
    }

    private func keep(
        _ name: String, _ result: Result<any Sendable, ObservationError>, _ own: EvidenceTrace, _ marks: ReadMarks,
        isLasting: Bool
    ) {
        let digest = own.digest
        values[name] = SharedValues.Kept(result: result, digest: digest, marks: marks, isLasting: isLasting)
        trace?.note(shared: name, digest)
    }
}

extension EvidenceTrace {
    /// The host with everything read through this trace, which shared values are added to.
    func tracing(_ host: HostView, _ memory: SharedMemory) -> HostView {
        var traced = host
        traced.files = self
        traced.packages = tracing(host.packages)
        traced.memory = memory
        return traced
    }
}
