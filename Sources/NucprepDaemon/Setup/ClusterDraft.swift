internal import LinuxHost
internal import NodeConfiguration
internal import NodeState

/// The nodes of a new cluster as a person named them, `NAME=ADDRESS` each: the first is the control plane.
struct ClusterDraft: Equatable, Sendable {
    private(set) var nodes: [Configuration.Node] = []
    /// Everything that is wrong with the words, each with what to write instead.
    private(set) var problems: [String] = []

    /// The draft of `words`, in their order.
    init(_ words: [String]) {
        for word in words { take(word) }
    }

    /// Takes one more node.
    ///
    /// - Returns: what is wrong with it; it is not taken then.
    @discardableResult
    mutating func take(_ word: String) -> String? {
        do throws(DraftProblem) {
            let (name, address) = try Self.parse(word)
            if let former = nodes.first(where: { $0.name == name }) {
                throw DraftProblem("the name \(name) is given twice: to \(former.address) and to \(address)")
            }
            if let former = nodes.first(where: { $0.address == address }) {
                throw DraftProblem("the address \(address) is given twice: to \(former.name) and to \(name)")
            }
            let role: Configuration.Role = nodes.isEmpty ? .controlPlane : .worker
            nodes.append(Configuration.Node(name: name, address: address, role: role))
            return nil
        } catch {
            problems.append(error.text)
            return error.text
        }
    }

    /// The name and the address in one word.
    private static func parse(_ word: String) throws(DraftProblem) -> (name: String, address: String) {
        let parts = word.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            throw DraftProblem("\"\(word)\" is not NAME=ADDRESS, such as nuc01=192.168.50.11")
        }
        let (name, text) = (parts[0], parts[1])
        guard SettingRules.isNodeName(name) else {
            let lower = name.lowercased()
            let hint = SettingRules.isNodeName(lower) ? "; write it in lower case: \(lower)" : ""
            throw DraftProblem(
                "\"\(name)\" cannot be a host name: it takes lower-case letters, digits and hyphens\(hint)")
        }
        guard let address = SettingRules.canonicalAddress(text) else {
            throw DraftProblem(
                "\"\(text)\" of \(name) is not an IP address; \"ip -br address\" on \(name) shows its own")
        }
        return (name, address)
    }
}

/// What is wrong with a word of a draft.
struct DraftProblem: Error, Equatable, Sendable {
    var text: String
    init(_ text: String) { self.text = text }
}
