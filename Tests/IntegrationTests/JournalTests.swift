internal import Glibc
internal import NodeAPI
internal import NodeTesting
internal import SystemPackage
internal import Testing

@Suite("The journal")
struct JournalTests {
    /// Whether a mount namespace can be had; it is asked for once.
    static let hasNamespaces: Bool = {
        // Only root may make one without a user namespace, and a container may forbid even that.
        guard geteuid() == 0 else { return false }
        var pid: pid_t = 0
        var status: Int32 = 1
        let words = ["unshare", "-m", "true"]
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        guard unsafe posix_spawnp(&pid, "unshare", nil, nil, &pointers, environ) == 0 else { return false }
        _ = unsafe waitpid(pid, &status, 0)
        return status == 0
    }()

    @Test(
        "hears of the start, of each change and of the end of swap, with fields",
        .enabled(if: hasNamespaces, "needs root and a mount namespace"))
    func fields() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "/swap.img none swap sw 0 0\n")
            let journal = try Self.journal(in: folder)
            try await withDaemon(on: tree, in: folder, Launch(wrapper: Self.wrapper(folder))) { daemon in
                var entries: [[String: String]] = []
                while entries.count(where: { $0["NUCPREP_TYPE"] == "fixed" }) < 2 {
                    entries.append(try await journal.entry())
                }
                #expect(entries.allSatisfy { $0["SYSLOG_IDENTIFIER"] == "nucprepd" })
                let started = try #require(entries.first { $0["NUCPREP_TYPE"] == "started" })
                #expect(started["MESSAGE_ID"] == "99260462d8b24dbead0a381c64a7da7e")
                #expect(started["PRIORITY"] == "6")
                #expect(started["NUCPREP_MODE"] == "enforce")
                let fixed = entries.filter { $0["NUCPREP_TYPE"] == "fixed" }
                #expect(
                    fixed.contains {
                        $0["NUCPREP_REQUIREMENT"] == "swap-off" && $0["NUCPREP_OBJECT"] == "/etc/fstab"
                            && $0["NUCPREP_CHANGE"] == "edit-fstab" && $0["PRIORITY"] == "5"
                            && $0["MESSAGE_ID"] == "4e4b45a5252c441a8e48283acf2ed3cf"
                    }, "\(fixed)")
                try tree.append("/dev/sdb1 none swap sw 0 0\n", to: "etc/fstab")
                var drift = try await journal.entry()
                while drift["NUCPREP_TYPE"] != "drift" { drift = try await journal.entry() }
                #expect(drift["NUCPREP_REQUIREMENT"] == "swap-off")
                #expect(drift["NUCPREP_HORIZON"] == "next_boot")
                #expect(drift["NUCPREP_DETECTED_BY"] == "event")
                #expect(drift["NUCPREP_ACTUAL"]?.contains("/dev/sdb1") ?? false)
                #expect(drift["NUCPREP_LATENCY_US"].flatMap { Int($0) } != nil)
            }
        }
    }

    @Test(
        "hears what is wrong with a configuration, with its place",
        .enabled(if: hasNamespaces, "needs root and a mount namespace"))
    func configuration() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try tree.write("[policy]\nmode = \"enforce\"\n", to: "etc/nucprep/nucprep.toml")
            let journal = try Self.journal(in: folder)
            try await withDaemon(on: tree, in: folder, Launch(wrapper: Self.wrapper(folder))) { daemon in
                try tree.write("[policy]\nmoed = \"enforce\"\n", to: "etc/nucprep/nucprep.toml")
                daemon.program.signal(SIGHUP)
                var entry = try await journal.entry()
                while entry["NUCPREP_TYPE"] != "config_rejected" { entry = try await journal.entry() }
                #expect(entry["NUCPREP_CAUSE"]?.hasPrefix("/etc/nucprep/nucprep.toml:2:1: ") ?? false)
                #expect(entry["PRIORITY"] == "3")
                try tree.write("[policy]\nmode = \"observe\"\n", to: "etc/nucprep/nucprep.toml")
                daemon.program.signal(SIGHUP)
                while entry["NUCPREP_TYPE"] != "config_loaded" { entry = try await journal.entry() }
                #expect(entry["NUCPREP_MODE"] == "observe")
            }
        }
    }

    @Test("without a journal the same lines go to standard error")
    func standardError() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "/swap.img none swap sw 0 0\n")
            try await withDaemon(on: tree, in: folder) { daemon in
                let started = "nucprepd: nucprepd \(NucprepVersion.current) keeps this node ready"
                #expect(daemon.program.story.contains(started))
                #expect(daemon.program.story.contains("nucprepd: swap-off: "))
            }
        }
    }

    /// A journal's socket that the wrapper puts in its place.
    private static func journal(in folder: FilePath) throws -> Datagrams {
        guard unsafe mkdir(folder.appending("journal").string, 0o755) == 0 else { throw Errno(rawValue: errno) }
        return try Datagrams(at: folder.appending("journal").appending("socket"))
    }

    private static func wrapper(_ folder: FilePath) -> [String] {
        let script = """
            mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd && mkdir -p /run/systemd/journal \
            && mount --bind "$0" /run/systemd/journal && exec "$@"
            """
        return ["unshare", "-m", "sh", "-c", script, folder.appending("journal").string]
    }
}

extension Datagrams {
    /// The next entry of the journal's protocol.
    ///
    /// - Source: systemd, docs/JOURNAL_NATIVE_PROTOCOL.md: `NAME=value`, or `NAME`, a line end, the length and the value.
    fileprivate func entry() async throws -> [String: String] {
        var rest = try await next("an entry of the journal")[...]
        var fields: [String: String] = [:]
        while let end = rest.firstIndex(of: 0x0A) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
                fields[text(line[..<equals])] = text(line[(equals + 1)...])
            } else {
                let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                fields[text(line)] = text(rest.dropFirst(8).prefix(length))
                rest = rest.dropFirst(8 + length + 1)
            }
        }
        return fields
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
