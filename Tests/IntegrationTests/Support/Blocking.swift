internal import Glibc

/// Runs what blocks on a thread of its own: a queue would hold it back until others have ended.
func onThread(_ body: @escaping @Sendable () -> Void) {
    let argument = unsafe Unmanaged.passRetained(ThreadWork(body)).toOpaque()
    var thread = pthread_t()
    let result = unsafe pthread_create(
        &thread, nil,
        { argument in
            guard let argument = unsafe argument else { return nil }
            unsafe Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        }, argument)
    precondition(result == 0, "no thread can be started")
    pthread_detach(thread)
}

private final class ThreadWork: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Waits for what blocks, so that it does not stand in the way of what it waits for.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        onThread { continuation.resume(with: Result { try body() }) }
    }
}

/// What a test waited for did not come.
struct NothingCame: Error, CustomStringConvertible {
    var what: String
    var description: String { "cannot wait for \(what) any longer" }
}
