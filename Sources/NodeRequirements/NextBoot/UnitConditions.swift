internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The conditions of a unit, as far as files and the command line decide them for the next boot.
///
/// - Source: systemd.unit(5), "Conditions and Asserts"; systemd `src/shared/condition.c`, versions 249 to 257.
struct UnitConditions: Sendable {
    /// One test.
    struct Test: Equatable, Sendable {
        /// The key, such as `ConditionPathExists`.
        var key: String
        /// The value without its signs.
        var value: String
        /// `|`: one of those that hold is enough.
        var isTrigger: Bool
        /// `!`.
        var isNegated: Bool
        var evidence: Evidence

        /// The line as it stands in the file.
        var text: String { "\(key)=\(isTrigger ? "|" : "")\(isNegated ? "!" : "")\(value)" }
    }

    /// What all of them come to.
    enum Answer: Equatable, Sendable {
        case hold
        /// This one does not.
        case fails(Test)
        /// Nobody can say before the boot.
        case undecided(Test)
    }

    private let host: HostView
    private let unit: LoadedUnit

    init(_ unit: LoadedUnit, _ host: HostView) {
        self.unit = unit
        self.host = host
    }

    /// Decides the conditions and the asserts.
    func answer() async throws(ObservationError) -> Answer {
        for family in ["Condition", "Assert"] {
            let answer = try await answer(tests(family))
            if answer != .hold { return answer }
        }
        return .hold
    }

    /// The tests of a family since the last empty one: an empty value of any of its keys resets them all.
    private func tests(_ family: String) -> [Test] {
        var tests: [Test] = []
        for setting in unit.settings where setting.section == "Unit" && setting.key.hasPrefix(family) {
            guard !setting.value.isEmpty else {
                tests = []
                continue
            }
            var value = setting.value[...]
            func takesSign(_ sign: Character) -> Bool {
                guard value.first == sign else { return false }
                value = value.dropFirst().drop { $0 == " " || $0 == "\t" }
                return true
            }
            let isTrigger = takesSign("|")
            let isNegated = takesSign("!")
            tests.append(
                Test(
                    key: setting.key, value: unit.id.expanding(String(value)) ?? String(value), isTrigger: isTrigger,
                    isNegated: isNegated, evidence: setting.evidence))
        }
        return tests
    }

    private func answer(_ tests: [Test]) async throws(ObservationError) -> Answer {
        var undecided: Test?
        var triggers: [(test: Test, holds: Bool?)] = []
        for test in tests {
            let plain = try await holds(test)
            let holds = plain.map { $0 != test.isNegated }
            if test.isTrigger {
                triggers.append((test, holds))
            } else if holds == false {
                return .fails(test)
            } else if holds == nil, undecided == nil {
                undecided = test
            }
        }
        if let last = triggers.last, !triggers.contains(where: { $0.holds == true }) {
            if let open = triggers.first(where: { $0.holds == nil }) {
                undecided = undecided ?? open.test
            } else {
                return .fails(last.test)
            }
        }
        return undecided.map { .undecided($0) } ?? .hold
    }

    /// Whether a test holds, its negation left out; `nil` when that is not decided before the boot.
    private func holds(_ test: Test) async throws(ObservationError) -> Bool? {
        let kind = test.key.hasPrefix("Assert") ? test.key.dropFirst(6) : test.key.dropFirst(9)
        switch kind {
        case "KernelCommandLine": return try await isOnCommandLine(test.value)
        case "FirstBoot":
            return try await isFirstBoot().map { $0 == (KernelCommandLine.boolean(from: test.value) ?? true) }
        case "Virtualization": return try await isVirtual(test.value)
        // PID 1 of a machine has every capability; a container's is judged elsewhere.
        case "Capability": return try await host.files.kind(of: "/run/systemd/container") == nil ? true : nil
        case "User", "Group": return ["root", "0", "@system"].contains(test.value) ? true : false
        default: return test.value.hasPrefix("/") ? try await holds(String(kind), FilePath(test.value)) : nil
        }
    }

    private func holds(_ kind: String, _ path: FilePath) async throws(ObservationError) -> Bool? {
        switch kind {
        // The kernel's own settings are writable on every machine; of other places the mount decides.
        case "PathIsReadWrite": return path.starts(with: "/proc/sys") || path == "/" ? true : nil
        case "PathIsMountPoint": return path == "/" ? true : nil
        default: break
        }
        // Nobody makes our own; whatever else lies there is made anew, by whom is not known.
        if path.starts(with: "/run/nucprep") { return false }
        guard !Self.volatile.contains(where: { path.starts(with: $0) }) else { return nil }
        switch kind {
        case "PathExists": return try await exists(path)
        case "PathIsSymbolicLink":
            guard case .link? = try await host.files.kind(of: path) else { return false }
            return true
        case "PathIsDirectory": return try await isFolder(path)
        case "DirectoryNotEmpty":
            guard try await isFolder(path) else { return false }
            return try await !host.files.names(in: path).isEmpty
        case "FileNotEmpty":
            guard try await exists(path), try await !isFolder(path) else { return false }
            return try await host.files.bytes(at: path)?.isEmpty == false
        case "FileIsExecutable": return try await host.files.isExecutable(path) == true
        default: return nil
        }
    }

    /// Where the next boot has other files than this one.
    private static let volatile: [FilePath] = ["/run", "/tmp", "/var/run", "/dev", "/proc", "/sys"]

    private func exists(_ path: FilePath) async throws(ObservationError) -> Bool {
        // Of a link that leads nowhere access(2) says that it is absent.
        try await host.files.isExecutable(path) != nil
    }

    private func isFolder(_ path: FilePath) async throws(ObservationError) -> Bool {
        // A path that goes on behind a file leads nowhere, and behind a link it is followed.
        try await host.files.kind(of: FilePath(path.string + "/.")) == .directory
    }

    private func isOnCommandLine(_ value: String) async throws(ObservationError) -> Bool? {
        guard let text = try await host.files.text(at: "/proc/cmdline") else { return nil }
        let line = KernelCommandLine(parsing: text)
        // With `=` the whole word is meant, else the key.
        guard let equals = value.firstIndex(of: "=") else { return line.contains(value) }
        return line.values(of: String(value[..<equals])).contains(String(value[value.index(after: equals)...]))
    }

    /// Whether the next boot is the machine's first; `nil` when the machine has not been named yet.
    ///
    /// - Source: machine-id(5), "First Boot Semantics".
    private func isFirstBoot() async throws(ObservationError) -> Bool? {
        if let forced = try await host.commandLine().boolean(of: "systemd.condition-first-boot") { return forced }
        let text = try await host.files.text(at: "/etc/machine-id")?.filter { !$0.isWhitespace } ?? ""
        return text.isEmpty || text == "uninitialized" ? nil : false
    }

    /// Whether the machine is virtual in this way; `nil` when its files do not say so.
    private func isVirtual(_ value: String) async throws(ObservationError) -> Bool? {
        let isContainer = try await host.files.kind(of: "/run/systemd/container") != nil
        switch value {
        case "container": return isContainer
        case "yes", "true", "1": return isContainer ? true : nil
        case "vm": return isContainer ? false : nil
        default: return nil
        }
    }
}
