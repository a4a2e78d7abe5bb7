internal import NodeAPI

/// A request on its way from a connection to the handler.
struct PendingRequest: Sendable {
    var head: RequestHead
    var body: [UInt8]
    var caller: Caller
    /// Ends when nobody waits for the answer any more.
    var interest: AsyncStream<Never>
    /// Takes the answer back to the connection, or tells that there is none; called once, when the handler has ended.
    var end: @Sendable (APIResponse?) -> Void

    /// Has `handler` answer, and cancels it when the caller hangs up.
    ///
    /// It throws nothing: what happens to one request is nothing to the server.
    func perform(with handler: any APIHandling) async {
        let response = await withTaskGroup(of: APIResponse?.self) { group in
            group.addTask { await handler.response(to: head, body: body, from: caller) }
            group.addTask {
                for await _ in interest {}
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        // When the server ends, the connection has a word of its own for who still waits.
        end(Task.isCancelled ? nil : response)
    }
}
