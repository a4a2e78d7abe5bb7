internal import ConfigFormats
package import NodeState
package import SystemPackage

/// What a recorded host answers where no file does: units, addresses, apt, the container runtime, the other nodes.
///
/// It is written as `machine.toml` beside the recorded root. What is not recorded is unknown.
package struct HostRecord: Equatable, Sendable {
    /// The clock, in microseconds since 1970.
    package var now: Int?
    /// Whether a source of time keeps the clock right.
    package var isClockSynchronised: Bool?
    package var addresses: [String]?
    package var hardwareAddresses: [String]?
    package var leasedAddresses: [LeasedAddress]?
    /// The room below folders.
    package var rooms: [FilePath: FileSystemRoom] = [:]
    /// The file systems whose directories do not say of what kind their entries are; a record says it only of these.
    package var untyped: Set<FilePath> = []
    /// The chains of nf_tables.
    package var chains: [PacketFilterChain]?
    /// What hostnamed says; `.none` inside when there is no hostnamed.
    package var hostnamed: HostnamedState??
    /// The units by name; one that is not here is none of this host, when any unit is recorded at all.
    package var units: [String: UnitState]?
    /// The process that holds dpkg's lock; `.none` inside when nobody does.
    package var lockHolder: Int??
    /// What `apt-cache policy` prints.
    package var policy: String?
    package var runtime: RuntimeAnswer?
    /// What `RuntimeConfig` says; `.none` inside when the runtime does not know the call.
    package var cgroupDriver: CgroupDriver??
    /// The images of the container runtime, by name and tag.
    package var images: [String]?
    /// The processes whose executable is the host's kubeadm.
    package var kubeadms: Set<Int>?
    /// What `sshd -t` says.
    package var sshd: SSHDaemonAnswer?
    /// The answers of other nodes, by address.
    package var peers: [String: PeerAnswer] = [:]
    /// When files were changed, in microseconds since 1970; a copy of a tree does not keep it.
    package var times: [FilePath: Int]?
    /// The files and folders whose modes are closed to other users; a copy of a tree does not keep them either.
    package var closed: [FilePath] = []

    /// A record of nothing.
    package init() {}

    /// Reads `machine.toml`.
    ///
    /// - Throws: when it is no TOML, or says something that is not known here.
    package init(parsing bytes: [UInt8]) throws(ObservationError) {
        do throws(ParseError) {
            try self.init(RecordTable(try TOMLText(bytes: bytes).root))
        } catch {
            throw ObservationError(reading: "machine.toml", cause: "\(error)")
        }
    }

    private init(_ table: RecordTable) throws(ParseError) {
        self.init()
        try table.allow(
            "now", "addresses", "hardware-addresses", "hostnamed", "units", "packages", "runtime", "images", "peers",
            "times", "closed", "sshd", "clock", "leases", "rooms", "packet-filter")
        now = try table.seconds("now")
        addresses = try table.strings("addresses")
        hardwareAddresses = try table.strings("hardware-addresses")
        closed = (try table.strings("closed") ?? []).map { FilePath($0) }
        if let names = try table.table("hostnamed") {
            try names.allow("static", "name", "absent")
            hostnamed =
                try names.boolean("absent") == true
                ? .some(nil)
                : HostnamedState(staticName: try names.string("static") ?? "", name: try names.string("name") ?? "")
        }
        if let clock = try table.table("clock") {
            try clock.allow("synchronised")
            isClockSynchronised = try clock.boolean("synchronised")
        }
        try takeNetwork(table)
        if let all = try table.table("units") {
            var found: [String: UnitState] = [:]
            for name in all.keys {
                if let unit = try all.table(name) { found[name] = try UnitState(recorded: unit) }
            }
            units = found
        }
        if let dpkg = try table.table("packages") {
            try dpkg.allow("lock-holder", "policy")
            lockHolder = .some(try dpkg.integer("lock-holder"))
            policy = try dpkg.string("policy")
        }
        if let runtime = try table.table("runtime") { try take(runtime) }
        if let list = try table.table("images") {
            try list.allow("names")
            images = try list.strings("names") ?? []
        }
        if let sshd = try table.table("sshd") {
            try sshd.allow("accepts", "refuses")
            let lines = try sshd.strings("refuses")
            self.sshd = if let lines { .refused(lines) } else { .accepted }
        }
        if let all = try table.table("peers") {
            for address in all.keys {
                if let answer = try all.table(address) { peers[address] = try PeerAnswer(recorded: answer, address) }
            }
        }
        if let all = try table.table("times") {
            var found: [FilePath: Int] = [:]
            for path in all.keys { found[FilePath(path)] = try all.seconds(path) }
            times = found
        }
    }

    private mutating func takeNetwork(_ table: RecordTable) throws(ParseError) {
        if let all = try table.table("leases") {
            leasedAddresses = []
            for address in all.keys {
                leasedAddresses?.append(LeasedAddress(address, on: try all.string(address) ?? ""))
            }
        }
        if let all = try table.table("rooms") {
            for path in all.keys {
                guard let room = try all.table(path) else { continue }
                try room.allow("mib", "available-mib", "inodes", "free-inodes", "entry-types")
                if try room.boolean("entry-types") == false { untyped.insert(FilePath(path)) }
                rooms[FilePath(path)] = FileSystemRoom(
                    mebibytes: try room.integer("mib") ?? 0, availableMebibytes: try room.integer("available-mib") ?? 0,
                    inodes: try room.integer("inodes") ?? 0, freeInodes: try room.integer("free-inodes") ?? 0)
            }
        }
        if let filter = try table.table("packet-filter") {
            try filter.allow("chains")
            chains = (try filter.strings("chains") ?? []).map(PacketFilterChain.init(recorded:))
        }
    }

    private mutating func take(_ table: RecordTable) throws(ParseError) {
        try table.allow("serves", "without-cri", "no-socket", "cgroup-driver", "images")
        if let words = try table.string("serves")?.split(separator: " "), words.count == 2 {
            runtime = .serving(name: String(words[0]), version: String(words[1]))
        } else if try table.boolean("without-cri") == true {
            runtime = .withoutCRI
        } else if let cause = try table.string("no-socket") {
            runtime = .noSocket(cause)
        }
        images = try table.strings("images")
        cgroupDriver = .some(try table.string("cgroup-driver").flatMap(CgroupDriver.init))
    }
}

extension UnitState {
    fileprivate init(recorded table: RecordTable) throws(ParseError) {
        try table.allow(
            "load", "active", "sub", "file", "fragment", "main-pid", "started", "invocation", "restarts")
        self.init(
            load: try table.string("load") ?? "loaded", active: try table.string("active") ?? "active",
            sub: try table.string("sub") ?? "running", file: try table.string("file") ?? "enabled",
            fragment: try table.string("fragment").map { FilePath($0) }, mainPID: try table.integer("main-pid"),
            startedAt: try table.seconds("started"), invocation: try table.string("invocation") ?? "",
            restarts: try table.integer("restarts") ?? 0)
    }
}

extension PacketFilterChain {
    /// The chain of a line such as `ip filter FORWARD hook=forward drop uses=3`.
    fileprivate init(recorded line: String) {
        let words = line.split(separator: " ").map(String.init)
        let value = { (key: String) in
            words.first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
        }
        self.init(
            family: words.first ?? "", table: words.dropFirst().first ?? "", name: words.dropFirst(2).first ?? "",
            hook: value("hook"), drops: words.contains("drop"), uses: value("uses").flatMap { Int($0) } ?? 0)
    }
}

extension PeerAnswer {
    fileprivate init(recorded table: RecordTable, _ address: String) throws(ParseError) {
        try table.allow("tcp", "echo", "lost", "round-trip-us", "largest")
        self.init(
            PeerTarget(address: address, port: 22),
            tcp: Outcome(rawValue: try table.string("tcp") ?? "") ?? .timeout,
            echo: Outcome(rawValue: try table.string("echo") ?? "") ?? .timeout, lost: try table.integer("lost"),
            roundTrip: try table.integer("round-trip-us"),
            largest: try table.string("largest").flatMap(Largest.init))
    }
}

/// A table of `machine.toml`; a record that says something unknown is an error, not a silent gap.
private struct RecordTable {
    private let table: TOMLTable

    init(_ table: TOMLTable) { self.table = table }

    var keys: [String] { table.keys }

    func allow(_ known: String...) throws(ParseError) {
        for key in keys where !known.contains(key) {
            throw ParseError(line: 1, column: 1, "expected one of \(known.joined(separator: ", ")), found \(key)")
        }
    }

    func string(_ key: String) throws(ParseError) -> String? {
        guard let node = table[key] else { return nil }
        guard case .string(let text) = node else { throw wrong(key, "a string", node) }
        return text
    }

    func integer(_ key: String) throws(ParseError) -> Int? {
        guard let node = table[key] else { return nil }
        guard case .integer(let number) = node else { throw wrong(key, "an integer", node) }
        return Int(number)
    }

    /// An instant in seconds since 1970, as microseconds.
    func seconds(_ key: String) throws(ParseError) -> Int? { try integer(key).map { $0 * 1_000_000 } }

    func boolean(_ key: String) throws(ParseError) -> Bool? {
        guard let node = table[key] else { return nil }
        guard case .boolean(let value) = node else { throw wrong(key, "a boolean", node) }
        return value
    }

    func strings(_ key: String) throws(ParseError) -> [String]? {
        guard let node = table[key] else { return nil }
        guard case .array(let nodes) = node else { throw wrong(key, "a list", node) }
        return nodes.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }

    func table(_ key: String) throws(ParseError) -> RecordTable? {
        guard let node = table[key] else { return nil }
        guard case .table(let table) = node else { throw wrong(key, "a table", node) }
        return RecordTable(table)
    }

    private func wrong(_ key: String, _ expected: String, _ node: TOMLNode) -> ParseError {
        ParseError(line: 1, column: 1, "expected \(expected) for \(key), found \(node.kind)")
    }
}
