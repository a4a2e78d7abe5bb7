internal import Dispatch

/// Threads beside those of the tasks.
let threads = DispatchQueue(label: "nucprep.tests.blocking", attributes: .concurrent)

/// Runs what blocks on a thread of its own, so that it does not stand in the way of what it waits for.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        threads.async { continuation.resume(with: Result { try body() }) }
    }
}

/// What a test waited for did not come.
struct NothingCame: Error, CustomStringConvertible {
    var what: String
    var description: String { "cannot wait for \(what) any longer" }
}
