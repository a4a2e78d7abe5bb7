/// A deadline that has passed.
struct DeadlineExceeded: Error, Equatable {}

/// Runs `body`, or throws `DeadlineExceeded` when it has not ended within `duration`; `body` is then cancelled and awaited.
func within<Value: Sendable>(
    _ duration: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await ContinuousClock().sleep(for: duration)
            throw DeadlineExceeded()
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}
