/// The command that reaches a node: the system's ssh, as an argument list, without a shell.
///
/// Host keys are ssh's and the user's business: no option here names them, so the user's `ssh_config`, agent, keys, jump
/// hosts and `known_hosts` rule.
/// - Source: ssh(1), ssh_config(5).
package struct RemoteShell: Equatable, Sendable {
    /// The program, found in `PATH`.
    package static let program = "ssh"

    /// Whether ssh may ask the person.
    package enum Mode: Sendable {
        /// It asks for nothing: what it would have to ask for is a failure.
        case batch
        /// It asks on the terminal, for a host key or a password.
        case asking
        /// The command at the other end gets a terminal as well, to ask there.
        case terminal
    }

    /// The arguments after the program's name.
    package let arguments: [String]

    /// The command for `target`.
    ///
    /// - Parameters:
    ///   - target: a host, an address or `user@host`.
    ///   - controlPath: the pattern of the sockets by which later sessions use the same connection; `nil` keeps none.
    ///   - mode: whether anybody is asked.
    ///   - command: what is run there, by the login shell, so each word is plain.
    /// - Throws: when `target` holds anything that could become an option or reach a `ProxyCommand` of the user.
    package init(
        target: String, controlPath: String? = nil, mode: Mode = .batch, command: [String] = ["nucprep", "dial-stdio"]
    ) throws(InventoryError) {
        guard Self.isTarget(target) else { throw InventoryError(target, "ssh would not take it for a host") }
        var options = mode == .batch ? ["BatchMode=yes"] : []
        options += [
            "ConnectTimeout=5", "ServerAliveInterval=5", "ServerAliveCountMax=2", "ForwardAgent=no",
            "ClearAllForwardings=yes", "PermitLocalCommand=no",
        ]
        if let controlPath {
            options += ["ControlMaster=auto", "ControlPath=\(controlPath)", "ControlPersist=60"]
        }
        arguments =
            [mode == .terminal ? "-t" : "-T", "-x"] + options.flatMap { ["-o", $0] } + ["--", target] + command
    }

    /// Whether ssh takes `text` for a host: letters, digits and `._:@%[]-`, no `-` in front, at most 255 bytes.
    package static func isTarget(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 255, !text.hasPrefix("-") else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "._:@%[]-".utf8.contains(byte)
            }
        }
    }
}
