import ConfigFormats
import Glibc
import NodeState
import NodeTesting
import Synchronization
import SystemPackage
import Testing

@testable import LinuxHost

@Suite("Packages as dpkg has them")
struct DpkgPackagesTests {
    private let tree: ScratchTree
    private let packages: DpkgPackages

    init() throws {
        tree = try ScratchTree()
        packages = DpkgPackages(files: try RootedOpen(root: tree.path))
    }

    private static let status: FilePath = "/var/lib/dpkg/status"

    private func stanza(_ name: String, _ status: String = "install ok installed", _ version: String = "1-1") -> String
    {
        "Package: \(name)\nStatus: \(status)\nArchitecture: amd64\nVersion: \(version)\n\n"
    }

    @Test("a package has its version and the three words of its status, and one that dpkg forgot is none")
    func package() async throws {
        try tree.write(
            stanza("kubelet", "hold ok installed") + stanza("curl", "install reinstreq half-installed")
                + "Package: wget\nStatus: purge ok not-installed\n\n" + stanza("socat", "deinstall ok config-files"),
            to: Self.status)
        #expect(try packages.package("kubelet") == InstalledPackage(name: "kubelet", version: "1-1", want: "hold"))
        #expect(
            try packages.package("curl")
                == InstalledPackage(name: "curl", version: "1-1", flag: "reinstreq", state: "half-installed"))
        #expect(try packages.package("wget") == nil && packages.package("vim") == nil)
        #expect(try packages.package("socat")?.state == "config-files")
        #expect(try packages.troubled().map(\.name) == ["curl"])
    }

    @Test("a status file that is replaced by a rename between two looks is read anew, one that is not is not")
    func replaced() async throws {
        try tree.write(stanza("kubelet"), to: Self.status)
        #expect(try packages.package("kubelet")?.version == "1-1")
        try tree.replace(Self.status, with: stanza("kubelet", "hold ok installed", "2-1"))
        #expect(try packages.package("kubelet")?.version == "2-1")
        #expect(try packages.package("kubelet")?.isHeld == true)
        try tree.replace(Self.status, with: "no status file\n")
        #expect(throws: ObservationError.self) { _ = try packages.package("kubelet") }
        try tree.replace(Self.status, with: stanza("kubelet", "hold ok installed", "3-1"))
        #expect(try packages.package("kubelet")?.version == "3-1")
    }

    @Test("what dpkg has noted and not yet written into the file counts, in the order of its notes")
    func updates() async throws {
        try tree.write(stanza("kubelet") + stanza("curl", "install ok unpacked"), to: Self.status)
        #expect(try packages.troubled().map(\.name) == ["curl"])
        try tree.write(stanza("kubelet", "hold ok unpacked", "2-1"), to: "/var/lib/dpkg/updates/0000")
        try tree.write(stanza("curl", "install ok installed", "2-1"), to: "/var/lib/dpkg/updates/0002")
        try tree.write(stanza("kubelet", "hold ok installed", "3-1"), to: "/var/lib/dpkg/updates/0001")
        try tree.write("Package: kub", to: "/var/lib/dpkg/updates/tmp.i")
        #expect(try packages.package("kubelet")?.version == "3-1")
        #expect(try packages.package("curl")?.version == "2-1")
        #expect(try packages.troubled() == [InstalledPackage(name: "dpkg", version: "", state: "interrupted")])
        for name in ["0000", "0001", "0002"] { tree.remove(FilePath("/var/lib/dpkg/updates/\(name)")) }
        #expect(try packages.package("kubelet")?.version == "1-1")
    }

    @Test("an absent, empty, binary or enormous status file, or one that is none, is unknown")
    func hostile() async throws {
        func expectUnknown(_ what: Comment) {
            #expect(throws: ObservationError.self, what) { _ = try packages.package("kubelet") }
            #expect(throws: ObservationError.self, what) { _ = try packages.troubled() }
        }
        expectUnknown("absent")
        try tree.write("", to: Self.status)
        expectUnknown("empty")
        try tree.write([UInt8](repeating: 0xFF, count: 100_000), to: Self.status)
        expectUnknown("binary")
        try tree.write(stanza("kubelet") + "Package: a\nStatus: install ok instal", to: Self.status)
        expectUnknown("cut off")
        let file = try FileDescriptor.open(tree.real(Self.status), .writeOnly)
        #expect(ftruncate(file.rawValue, 100 << 20) == 0)
        try file.close()
        expectUnknown("100 MiB")
        tree.remove(Self.status)
        try tree.makeFolder(Self.status)
        expectUnknown("a folder")
        tree.remove(Self.status)
        #expect(unsafe mkfifo(tree.real(Self.status).string, 0o600) == 0)
        expectUnknown("a pipe")
        tree.remove(Self.status)
        try tree.link(Self.status, to: "status")
        expectUnknown("a link to itself")
        tree.remove(Self.status)
        try tree.write(stanza("kubelet"), to: "/srv/status")
        try tree.link(Self.status, to: "/srv/status")
        #expect(try packages.package("kubelet") != nil, "a link that leads somewhere is followed")
    }

    @Test("a file that changes while it is looked at ends in an answer or in an error, never in a mixture")
    func racing() async throws {
        let versions = (1...9).map { "\($0)-1" }
        let texts = versions.map {
            stanza("kubelet", "hold ok installed", $0) + stanza("kubeadm", "hold ok installed", $0)
        }
        try tree.write(texts[0], to: Self.status)
        let tree = tree
        let packages = packages
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0..<300 { try tree.replace(Self.status, with: texts[round % texts.count]) }
            }
            group.addTask {
                for _ in 0..<300 {
                    guard let found = try? packages.package("kubelet") else { continue }
                    #expect(versions.contains(found.version) && found.isHeld)
                }
            }
            try await group.waitForAll()
        }
    }
}

/// dpkg's own reader of the database of this machine.
private enum DpkgQuery {
    static let isThere = unsafe access("/usr/bin/dpkg-query", X_OK) == 0

    /// The packages it knows, a thousand at the most: what `Package`, `Version` and `Status` say.
    static func packages() throws -> [String: Set<String>] {
        let format = "${Package} ${Version} ${db:Status-Want} ${db:Status-Eflag} ${db:Status-Status}"
        guard let stream = unsafe popen("/usr/bin/dpkg-query -W -f='\(format)\\n'", "r") else {
            throw Errno(rawValue: errno)
        }
        defer { _ = unsafe pclose(stream) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = unsafe fread(&piece, 1, piece.count, stream), count > 0 { bytes += piece[..<count] }
        var found: [String: Set<String>] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(1000) {
            let name = String(line.prefix { $0 != " " })
            found[name, default: []].insert(line.dropFirst(name.count + 1).filter { $0 != "\u{0}" })
        }
        return found
    }
}

@Suite("dpkg-query as the judge", .enabled(if: DpkgQuery.isThere, "dpkg-query is not installed"))
struct DpkgQueryTests {
    @Test("the database of this machine is read as dpkg-query reads it")
    func machine() async throws {
        let expected = try DpkgQuery.packages()
        let status = try DpkgDatabase(RootedOpen(root: "/")).status(of: Set(expected.keys))
        #expect(!expected.isEmpty)
        for (name, words) in expected {
            let entry = try #require(status[name], "\(name)")
            let flag = entry.needsReinstall ? "reinstreq" : "ok"
            let text = "\(entry.version ?? "") \(entry.want.rawValue) \(flag) \(entry.state.rawValue)"
            #expect(words.contains(text), "\(name) is \(text)")
        }
    }
}

@Suite("dpkg's lock")
struct DpkgLockTests {
    private static let hasPython = unsafe system("python3 -c 'import fcntl' >/dev/null 2>&1") == 0

    private let tree: ScratchTree
    private let packages: DpkgPackages

    init() throws {
        tree = try ScratchTree()
        packages = DpkgPackages(files: try RootedOpen(root: tree.path))
        try tree.makeFolder("/var/lib/dpkg")
    }

    @Test("nobody holds a lock that is free, or whose file is not there")
    func free() async throws {
        #expect(try packages.lockHolder() == nil)
        try tree.write("", to: DpkgDatabase.lockFiles[0])
        #expect(try packages.lockHolder() == nil)
        tree.remove(DpkgDatabase.lockFiles[0])
        try tree.makeFolder(DpkgDatabase.lockFiles[0])
        #expect(throws: ObservationError.self) { try packages.lockHolder() }
    }

    @Test(
        "another process that holds it is named, until it lets go", .enabled(if: hasPython, "python3 is not installed"),
        arguments: DpkgDatabase.lockFiles)
    func held(_ lock: FilePath) async throws {
        try tree.write("", to: lock)
        #expect(unsafe mkfifo(tree.real("/end").string, 0o600) == 0)
        let program = """
            import fcntl, os
            lock = open("\(tree.real(lock))", "r+")
            fcntl.lockf(lock, fcntl.LOCK_EX)
            print(os.getpid(), flush=True)
            open("\(tree.real("/end"))").read()
            """
        guard let stream = unsafe popen("exec python3 -c '\(program)'", "r") else { throw Errno(rawValue: errno) }
        var line = [CChar](repeating: 0, count: 32)
        _ = unsafe fgets(&line, 32, stream)
        let text = String(decoding: line.prefix { $0 > 0x20 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let holder = try? packages.lockHolder()
        let again = try? packages.lockHolder()
        // The process ends when the pipe does.
        try FileDescriptor.open(tree.real("/end"), .writeOnly).close()
        #expect(unsafe pclose(stream) == 0)
        #expect(holder == Int(text) && holder != nil)
        #expect(again == holder, "asking took the lock away")
        #expect(try packages.lockHolder() == nil)
    }

    @Test("of a recorded host the record says who holds it and what apt would do")
    func recorded() async throws {
        let record = RecordedAnswers()
        let packages = DpkgPackages(files: try RootedOpen(root: tree.path), record: record)
        #expect(throws: ObservationError.self) { _ = try packages.lockHolder() }
        await #expect(throws: ObservationError.self) { _ = try await packages.policy() }
        record.update {
            $0.lockHolder = .some(812)
            $0.policy = "kubeadm:\n"
        }
        #expect(try packages.lockHolder() == 812)
        #expect(try await packages.policy() == "kubeadm:\n")
    }
}

@Suite("apt's word on versions")
struct AptPolicyCacheTests {
    private let tree: ScratchTree
    private let packages: DpkgPackages
    private let runs: Runs

    /// Counts how often apt was asked.
    private final class Runs: Sendable {
        let state = Mutex((count: 0, fails: false))
        var count: Int { state.withLock { $0.count } }
    }

    init() throws {
        tree = try ScratchTree()
        let runs = Runs()
        self.runs = runs
        packages = DpkgPackages(files: try RootedOpen(root: tree.path)) { () async throws(ObservationError) in
            let (count, fails) = runs.state.withLock {
                $0.count += 1
                return $0
            }
            if fails { throw ObservationError(reading: "apt-cache policy", cause: "the test says so") }
            return "\(count)"
        }
        try tree.write("Package: a\n", to: "/var/lib/dpkg/status")
        try tree.write("deb x\n", to: "/etc/apt/sources.list.d/a.list")
        try tree.makeFolder("/var/lib/apt/lists")
    }

    @Test("apt is asked once, and again when something it rests on has changed")
    func once() async throws {
        #expect(try await packages.policy() == "1")
        #expect(try await packages.policy() == "1")
        let changes: [() throws -> Void] = [
            { try tree.replace("/var/lib/dpkg/status", with: "Package: b\n") },
            { try tree.replace("/etc/apt/sources.list.d/a.list", with: "deb y\n") },
            { try tree.write("Package: *\n", to: "/etc/apt/preferences.d/nucprep") },
            { try tree.write("Package: *\nPin: x\n", to: "/etc/apt/preferences.d/nucprep") },
            { try tree.write("", to: "/etc/apt/preferences") },
            { try tree.write("", to: "/etc/apt/apt.conf.d/52nucprep") },
            { tree.remove("/etc/apt/preferences") },
            { try tree.write("", to: "/var/lib/apt/lists/x_Packages") },
        ]
        for (index, change) in changes.enumerated() {
            try change()
            #expect(try await packages.policy() == "\(index + 2)")
            #expect(try await packages.policy() == "\(index + 2)")
        }
    }

    @Test("a failure is not asked again at once, and is when something has changed")
    func failure() async throws {
        runs.state.withLock { $0.fails = true }
        for _ in 0..<3 { await #expect(throws: ObservationError.self) { _ = try await packages.policy() } }
        #expect(runs.count == 1)
        runs.state.withLock { $0.fails = false }
        try tree.replace("/etc/apt/sources.list.d/a.list", with: "deb z\n")
        #expect(try await packages.policy() == "2")
    }
}
