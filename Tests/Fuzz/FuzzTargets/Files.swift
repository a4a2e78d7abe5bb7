internal import ConfigFormats
internal import LinuxHost
internal import NodeConfiguration
internal import NodeState

extension FuzzTarget {
    /// Files that are read and not edited.
    static let files = [
        FuzzTarget("configuration", configuration), FuzzTarget("units", units), FuzzTarget("sysctl", sysctl),
        FuzzTarget("names", names), FuzzTarget("proc", proc), FuzzTarget("modules", modules),
    ]

    private static func contains(_ error: ParseError, _ bytes: [UInt8]) -> Bool {
        (1...lines(bytes).count + 1).contains(error.line)
    }

    /// The configuration, perhaps in two files with a NUL between them: every problem names a place within its file.
    @Sendable private static func configuration(_ bytes: [UInt8]) throws(Broken) {
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
        let files = zip(["a", "b"], parts).map { ConfigurationFile(path: $0, bytes: $1) }
        let decoded = result { () throws(ConfigurationProblems) in
            try ConfigurationDecoder.decode(files, known: ["swap-off", "kernel-modules"])
        }
        switch decoded {
        case .success(let made):
            try expect(made.nodes.count(where: { $0.role == .controlPlane }) <= 1, "two control planes")
            try expect(Set(made.nodes.map(\.name)).count == made.nodes.count, "two nodes of one name")
        case .failure(let error):
            try expect(!error.problems.isEmpty, "refused without a reason")
            for problem in error.problems {
                guard let file = files.first(where: { $0.path == problem.file }) else {
                    throw Broken("a problem in no file: \(problem)")
                }
                try expect(
                    (0...lines(file.bytes).count).contains(problem.line), "a problem outside of its file: \(problem)")
                try expect(!problem.text.isEmpty, "a problem without words")
            }
        }
    }

    /// What was read of a unit is written line by line and read again as the same.
    @Sendable private static func units(_ bytes: [UInt8]) throws(Broken) {
        let unit = UnitFile(parsing: text(bytes))
        for error in unit.malformed { try expect(contains(error, bytes), "an error outside of the file") }
        try expect(Set(unit.sections).count == unit.sections.count, "a section twice")
        // A blank at the end keeps a backslash there from being a continuation.
        let printed = unit.assignments.map { "[\($0.section)]\n\($0.key)=\($0.value) \n" }.joined()
        let again = UnitFile(parsing: printed)
        try expect(again.malformed.isEmpty, "what was written cannot be read")
        try expect(
            again.assignments.map { [$0.section, $0.key, $0.value] }
                == unit.assignments.map { [$0.section, $0.key, $0.value] }, "a unit is read otherwise the second time")
        try expect(unit.adding(unit).assignments.count == 2 * unit.assignments.count, "a drop-in loses assignments")
    }

    @Sendable private static func sysctl(_ bytes: [UInt8]) throws(Broken) {
        let file = SysctlFile(parsing: text(bytes))
        for error in file.malformed { try expect(contains(error, bytes), "an error outside of the file") }
        let printed = file.entries.map { entry in
            "\(entry.ignoresFailure || entry.value == nil ? "-" : "")\(entry.key)\(entry.value.map { "=\($0)" } ?? "")\n"
        }
        let again = SysctlFile(parsing: printed.joined())
        try expect(again.entries.map(\.path) == file.entries.map(\.path), "a key is read otherwise the second time")
        try expect(again.entries.map(\.value) == file.entries.map(\.value), "a value is read otherwise the second time")
        for entry in file.entries.prefix(50) {
            try expect(!entry.path.hasPrefix("/") && !entry.path.contains("//"), "a path that is none")
            for name in ["net/ipv4/ip_forward", entry.path] { _ = SysctlFile.matches(entry.path, name) }
        }
    }

    /// Names of the machine and of what it asks: hostname, nsswitch.conf, cloud-init, sshd.
    @Sendable private static func names(_ bytes: [UInt8]) throws(Broken) {
        let words = text(bytes)
        _ = HostnameFile(parsing: words)
        _ = NameServiceSwitch(parsing: words)
        let cloud = result { () throws(ParseError) in
            try CloudConfig(parsing: words, keys: ["hostname", "preserve_hostname"])
        }
        switch cloud {
        case .success(let file):
            try expect(file.values.allSatisfy { $0.value.line <= lines(bytes).count }, "a key outside of the file")
        case .failure(let error): try expect(contains(error, bytes), "an error outside of the file")
        }
        if let file = try? SSHDaemonFile(parsing: words) {
            for case .port(let port) in file.lines { try expect((1...65535).contains(port), "a port that is none") }
        }
        if let path = UnitName.unescapingPath(words) {
            try expect(path.utf8.first == UInt8(ascii: "/"), "a path without a slash in front")
            try expect(UnitName.escapingPath(path) != nil, "a path that has no unit")
        }
    }

    /// What the kernel prints.
    @Sendable private static func proc(_ bytes: [UInt8]) throws(Broken) {
        let words = text(bytes)
        let line = KernelCommandLine(parsing: words)
        _ = line.boolean(of: "systemd.swap")
        try expect(line.arguments.count <= bytes.count, "more words than bytes")
        if let table = try? RouteTable(parsingIPv4: words) {
            try expect(table.routes.allSatisfy { (0...32).contains($0.length) }, "a prefix that is none")
        }
        if let table = try? RouteTable(parsingIPv6: words) {
            try expect(table.routes.allSatisfy { (0...128).contains($0.length) }, "a prefix that is none")
        }
        _ = try? SwapTable(parsing: words)
        _ = try? ListeningSockets(parsing: bytes)
        _ = UdevRecord(parsing: words)
        if let address = IPAddress(words) {
            try expect([4, 16].contains(address.bytes.count), "an address that is none")
        }
    }

    /// modprobe.d, modules-load.d, and the patterns in them.
    @Sendable private static func modules(_ bytes: [UInt8]) throws(Broken) {
        let file = ModprobeFile(parsing: text(bytes))
        for error in file.malformed { try expect(contains(error, bytes), "an error outside of the file") }
        if let denial = ModprobeFile.denial(of: "br_netfilter", in: [file]) {
            try expect(denial.entry.matches(ModuleName("br-netfilter")), "a line about another module denies this one")
        }
        let load = ModulesLoadFile(parsing: text(bytes))
        for entry in load.entries { try expect(load.line(naming: entry.module) != nil, "an entry that is not found") }
    }
}
