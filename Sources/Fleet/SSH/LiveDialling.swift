internal import NodeAPI
internal import NodeAPITransport
package import SystemPackage

/// Nodes reached for real: this machine through its socket, all others through ssh.
package struct LiveDialling: NodeDialling {
    private let socket: FilePath
    private let controlPath: String?
    private let searchPath: String?

    /// The way to the nodes.
    ///
    /// - Parameters:
    ///   - socket: the daemon's socket on this machine.
    ///   - controlPath: see `RemoteShell`; `nil` opens a connection of its own for each session.
    ///   - searchPath: where ssh is looked for; `nil` for the caller's `PATH`.
    package init(socket: FilePath, controlPath: String?, searchPath: String? = nil) {
        self.socket = socket
        self.controlPath = controlPath
        self.searchPath = searchPath
    }

    package func answer(to interview: Interview) async -> NodeAnswer {
        let node = interview.node
        do {
            if node.isLocal { return NodeAnswer(node, heard: try await local(interview)) }
            let answer = try await remote(interview, node.target)
            // A host key that is known by the node's name counts: it is ssh that checks it, and the answer must be this node's.
            guard answer.failure?.kind == .hostKeyUnknown, let name = node.byName else { return answer }
            let other = try await remote(interview, name)
            return other.failure == nil ? other : answer
        } catch let failure as NodeFailure {
            return NodeAnswer(node, failure: failure)
        } catch let error as InventoryError {
            return NodeAnswer(node, failure: NodeFailure(.sshFailed, error.description))
        } catch is CancellationError {
            return NodeAnswer(node, failure: NodeFailure(.cancelled, "the asking was ended"))
        } catch {
            return NodeAnswer(node, failure: NodeFailure(.badReply, "\(error)"))
        }
    }

    private func remote(_ interview: Interview, _ target: String) async throws -> NodeAnswer {
        let shell = try RemoteShell(target: target, controlPath: controlPath)
        return await RemoteChild(shell, searchPath: searchPath).answer(to: interview)
    }

    private func local(_ interview: Interview) async throws -> Heard {
        do {
            return try await APIClient.withConnection(to: .socket(socket)) { client in
                try await interview.conduct(over: ClientConversation(client))
            }
        } catch let error as TransportError {
            throw NodeFailure(error.exitStatus == .notAllowed ? .notAllowed : .noDaemon, error.description)
        } catch let end as ConversationEnded {
            throw NodeFailure(.noDaemon, end.cause)
        }
    }
}

/// A conversation over one connection of the API's client.
struct ClientConversation: NodeConversation {
    /// As long as the longest deadline that can be chosen; the node's own ends it earlier.
    private static let patience = Duration.seconds(3600)

    private let client: APIClient

    init(_ client: APIClient) { self.client = client }

    func get(_ target: String) async throws -> APIResponse {
        do throws(TransportError) {
            return try await client.get(target, within: Self.patience)
        } catch {
            throw Self.meaning(of: error)
        }
    }

    /// What an error of the transport says about the other side.
    static func meaning(of error: TransportError) -> any Error {
        switch error {
        case .noSocket, .connectionRefused, .connecting, .busy: NodeFailure(.noDaemon, error.description)
        case .permission: NodeFailure(.notAllowed, error.description)
        case .noBanner(let count, let line):
            NodeFailure(.badReply, "\(count) bytes came and no banner, first: \(Noise(firstLine: line).firstLine)")
        case .otherVersion(let line): NodeFailure(.versionSkew, "it says \(Noise(firstLine: line).firstLine)")
        case .notHTTP(let cause): NodeFailure(.badReply, cause)
        case .tooLarge(let cause): NodeFailure(.tooLarge, cause)
        case .timedOut: NodeFailure(.timeout, error.description)
        case .cancelled: CancellationError()
        case .closedEarly, .failed, .badTarget: ConversationEnded(error.description)
        }
    }
}
