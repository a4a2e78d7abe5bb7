internal import LinuxHost
internal import NodeConfiguration
internal import SystemPackage

/// What `init` was told beside the nodes.
struct SetupOptions: Equatable, Sendable {
    /// `NAME=ADDRESS` each; none to be asked for.
    var nodes: [String] = []
    var name: String?
    var podNetworkCIDR: [String] = []
    var serviceCIDR: [String] = []
    var user: String?
    /// Another file than that of this machine.
    var output: FilePath?
    var isObserving = false
    /// Whether a file that a person wrote is replaced.
    var isForced = false

    /// Takes the option `word` with what follows it, or a node.
    ///
    /// - Throws: what is wrong with it.
    mutating func take(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        switch word {
        case "--force": isForced = true
        case "--observe": isObserving = true
        case "--name":
            name = try Self.value(of: word, &rest, "letters, digits and hyphens", SettingRules.isClusterName)
        case "--user": user = try Self.value(of: word, &rest, "a user's name", SettingRules.isUserName)
        case "--pod-network-cidr": podNetworkCIDR = try Self.networks(of: word, &rest)
        case "--service-cidr": serviceCIDR = try Self.networks(of: word, &rest)
        case "--output":
            output = FilePath(
                try Self.value(of: word, &rest, "an absolute path") { FilePath($0).isAbsolute && !$0.utf8.contains(0) })
        default:
            guard !word.hasPrefix("-") else { throw UsageError("unknown option \"\(word)\"") }
            nodes.append(word)
        }
    }

    private static func networks(of option: String, _ rest: inout ArraySlice<String>) throws(UsageError) -> [String] {
        let text = try value(of: option, &rest, "a network such as 10.244.0.0/16, or two with a comma") { text in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            return (1...2).contains(parts.count) && parts.allSatisfy { SettingRules.isCIDR(String($0)) }
        }
        return text.split(separator: ",").map(String.init)
    }

    private static func value(
        of option: String, _ rest: inout ArraySlice<String>, _ expected: String, _ rule: (String) -> Bool
    ) throws(UsageError) -> String {
        guard let text = rest.popFirst() else { throw UsageError("\(option) needs \(expected)") }
        guard rule(text) else { throw UsageError("\(option): expected \(expected), found \"\(text)\"") }
        return text
    }
}
