/// The ports that ufw lets in, as its `user.rules` lists them.
///
/// - Source: ufw(8); ufw `src/backend_iptables.py`: each rule is written behind a line `### tuple ### ACTION PROTOCOL
///   PORTS DESTINATION SPORT SOURCE DIRECTION`, whose trailing fields may be missing.
package struct UfwRules: Equatable, Sendable {
    /// One rule that allows.
    package struct Allowance: Equatable, Sendable {
        /// `tcp`, `udp` or `any`.
        package let transport: String
        /// `nil` means every port.
        package let ports: [ClosedRange<Int>]?
        /// Where packets must come from; `nil` means anywhere.
        package let source: String?
    }

    /// The rules that allow what comes in, in order; rules before a `deny` for the same port are not told apart.
    package let allowances: [Allowance]

    /// Reads a whole file; other lines say nothing here.
    package init(parsing text: String) {
        let mark = "### tuple ###"
        allowances = text.textLines().filter { $0.hasPrefix(mark) }.compactMap { line in
            let words = line.dropFirst(mark.count).split(separator: " ").map(String.init)
            guard words.count >= 3, words[0] == "allow" || words[0] == "limit",
                ["tcp", "udp", "any"].contains(words[1]), !(words.last.map { $0.hasPrefix("out") } ?? false)
            else { return nil }
            let source = words.count >= 6 && !["any", "0.0.0.0/0", "::/0"].contains(words[5]) ? words[5] : nil
            return Allowance(transport: words[1], ports: Self.ports(words[2]), source: source)
        }
    }

    /// Whether a rule lets this port in from anywhere.
    package func allows(_ port: Int, _ transport: String) -> Bool {
        allowances.contains { rule in
            (rule.transport == transport || rule.transport == "any") && rule.source == nil
                && (rule.ports.map { $0.contains { $0.contains(port) } } ?? true)
        }
    }

    /// Whether a rule lets this port in from somewhere.
    package func allowsSome(_ port: Int, _ transport: String) -> Bool {
        allowances.contains { rule in
            (rule.transport == transport || rule.transport == "any")
                && (rule.ports.map { $0.contains { $0.contains(port) } } ?? true)
        }
    }

    private static func ports(_ text: String) -> [ClosedRange<Int>]? {
        guard text != "any" else { return nil }
        return text.split(separator: ",").compactMap { part in
            let ends = part.split(separator: ":").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last else { return nil }
            return first...last
        }
    }
}
