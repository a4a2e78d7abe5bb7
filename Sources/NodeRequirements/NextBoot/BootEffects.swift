internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// What a command of the boot does to the things that requirements look after.
extension BootCommand {
    private var words: [String] { command.invocation }
    private var program: String { words.first.map(ShellScript.Command.baseName) ?? "" }
    private var operands: [String] { words.dropFirst().filter { !$0.hasPrefix("-") } }

    private func has(_ options: String...) -> Bool {
        words.dropFirst().contains { word in options.contains { word == $0 || word.hasPrefix("\($0)=") } }
    }

    /// Whether it turns swap on; `swapon -a` counts only where fstab has an area that nothing else turns on.
    func swap(hasIdleEntries: Bool) -> BootSighting? {
        switch program {
        case "swapon":
            guard words.count > 1, !has("--show", "-s", "--summary", "-h", "--help", "-V", "--version") else {
                return nil
            }
            let isAll =
                has("--all")
                || words.dropFirst().contains { $0.first == "-" && !$0.hasPrefix("--") && $0.contains("a") }
            if isAll, operands.isEmpty { return hasIdleEntries ? BootSighting(self) : nil }
            return BootSighting(self)
        case "dphys-swapfile": return operands.contains("swapon") ? BootSighting(self) : nil
        case "zramswap": return operands.contains("start") ? BootSighting(self) : nil
        case "mkswap": return operands.isEmpty ? nil : BootSighting(self, isCertain: false)
        case "zramctl":
            // It makes a device, of which something else makes swap.
            return has("-f", "--find", "-s", "--size") ? BootSighting(self, isCertain: false) : nil
        case "systemctl":
            guard ["start", "restart", "enable"].contains(where: operands.contains),
                operands.contains(where: { $0.hasSuffix(".swap") })
            else { return nil }
            return BootSighting(self)
        default: return nil
        }
    }

    /// A value that a command gives to a place below `/proc/sys`, or a file out of which it takes such values.
    enum SysctlEffect: Equatable, Sendable {
        /// `nil` is a value that is made when it runs.
        case sets(path: String, value: String?)
        case loads(FilePath)
    }

    /// The values of the kernel that it sets.
    var sysctls: [SysctlEffect] {
        var effects = writes.compactMap { write -> SysctlEffect? in
            guard write.path.hasPrefix("/proc/sys/") else { return nil }
            return .sets(path: String(write.path.dropFirst("/proc/sys/".count)), value: write.value)
        }
        guard program == "sysctl" else { return effects }
        for operand in operands {
            guard let equals = operand.firstIndex(of: "=") else { continue }
            let key = operand[..<equals].filter { !$0.isWhitespace }
            let value = operand[operand.index(after: equals)...].filter { !$0.isWhitespace }
            effects.append(.sets(path: SysctlFile.path(of: key), value: value.contains("$") ? nil : value))
        }
        let loads = has("-p", "-f", "--load") || words.dropFirst().contains { $0.hasPrefix("-p") }
        if loads || has("--system") {
            let named = words.dropFirst().compactMap { word -> String? in
                if word.hasPrefix("--load=") { return String(word.dropFirst("--load=".count)) }
                if word.hasPrefix("-p/") { return String(word.dropFirst(2)) }
                return word.hasPrefix("/") ? word : nil
            }
            // What --system reads besides is what systemd reads.
            effects += (named.isEmpty ? ["/etc/sysctl.conf"] : named).map { .loads(FilePath($0)) }
        }
        return effects
    }

    /// Whether it gives the host another name than `name`.
    func rename(from name: String) -> BootSighting? {
        if writes.contains(where: {
            ["/etc/hostname", "/proc/sys/kernel/hostname"].contains($0.path) && $0.value != name
        }) {
            return BootSighting(self, isCertain: writes.allSatisfy { $0.value != nil })
        }
        var given: String?
        switch program {
        case "hostname":
            if let place = words.firstIndex(where: { $0 == "-F" || $0 == "--file" }) {
                let file = words.indices.contains(place + 1) ? words[place + 1] : ""
                return file == "/etc/hostname" ? nil : BootSighting(self, isCertain: false)
            }
            given = operands.first
        case "hostnamectl":
            guard let place = words.firstIndex(where: { $0 == "set-hostname" || $0 == "hostname" }), !has("--pretty")
            else {
                return nil
            }
            given = words[(place + 1)...].first { !$0.hasPrefix("-") }
        case "nmcli":
            guard let place = words.firstIndex(where: { "hostname".hasPrefix($0) && $0.count > 2 }) else { return nil }
            given = words[(place + 1)...].first
        case "sysctl":
            for case .sets("kernel/hostname", let value) in sysctls where value != name {
                return BootSighting(self, isCertain: value != nil)
            }
            return nil
        default: return nil
        }
        guard let given, given != name else { return nil }
        return BootSighting(self, isCertain: !given.contains("$"))
    }

    /// Whether it writes /etc/hosts.
    var hosts: BootSighting? {
        guard let write = writes.first(where: { $0.path == "/etc/hosts" }) else { return nil }
        return BootSighting(self, isCertain: write.replaces)
    }

    /// A file that it writes.
    private struct Write {
        var path: String
        /// Whether nothing of the file stays.
        var replaces: Bool
        /// The text, where it stands in the command.
        var value: String?
    }

    private var writes: [Write] {
        let printed = Self.printed(words)
        var found = command.outputs.map { Write(path: $0.path, replaces: !$0.appends, value: printed) }
        switch program {
        case "tee":
            let appends = has("-a", "--append")
            let value = command.input.flatMap(Self.printed)
            found += operands.map { Write(path: $0, replaces: !appends, value: value) }
        case "cp", "mv", "install", "ln":
            if operands.count > 1, let last = operands.last {
                found.append(Write(path: last, replaces: true, value: nil))
            }
        case "sed", "perl":
            guard words.dropFirst().contains(where: { $0.hasPrefix("-i") || $0.hasPrefix("--in-place") || $0 == "-pi" })
            else {
                break
            }
            found += operands.map { Write(path: $0, replaces: false, value: nil) }
        default: break
        }
        return found
    }

    /// What `echo` and `printf` print, where no variable is in it.
    private static func printed(_ words: [String]) -> String? {
        guard let program = words.first.map(ShellScript.Command.baseName), ["echo", "printf"].contains(program) else {
            return nil
        }
        let text = words.dropFirst().filter { !$0.hasPrefix("-") }.joined(separator: " ")
        guard !text.contains("$"), !text.contains("%") else { return nil }
        return text.hasSuffix("\\n") ? String(text.dropLast(2)) : text
    }
}
