/// Keeps what several requirements compute alike, for the length of one look or until something about it happens.
package protocol LookMemory: Sendable {
    /// The value of this name, computed by the first one that asks for it.
    ///
    /// The files that it was computed from count as read by each one that uses it.
    ///
    /// - Parameters:
    ///   - name: what the value is, the same in every requirement that shares it.
    ///   - isLasting: whether it is kept after the look, until an event bears on what it was computed from, or everything
    ///     is looked at. It must be small, and hold no view.
    ///   - compute: computes it from the view that it is given, and from nothing else.
    /// - Returns: the value, from this computation or an earlier one.
    /// - Throws: what `compute` threw, for everyone that asks in this look.
    func value<Value: Sendable>(
        _ name: String, isLasting: Bool, compute: (HostView) async throws(ObservationError) -> Value
    ) async throws(ObservationError) -> Value
}

extension HostView {
    /// A value that does not depend on who asks: computed once in a look, and each time outside of one.
    ///
    /// - Parameters:
    ///   - name: what the value is, the same in every requirement that shares it.
    ///   - isLasting: whether it is kept after the look, until an event bears on what it was computed from, or everything
    ///     is looked at. It must be small, and hold no view.
    ///   - compute: computes it from the view that it is given, and from nothing else.
    /// - Returns: the value, from this computation or an earlier one.
    /// - Throws: what `compute` throws.
    package func shared<Value: Sendable>(
        _ name: String, isLasting: Bool = false, compute: (HostView) async throws(ObservationError) -> Value
    ) async throws(ObservationError) -> Value {
        guard let memory else { return try await compute(self) }
        return try await memory.value(name, isLasting: isLasting, compute: compute)
    }
}
