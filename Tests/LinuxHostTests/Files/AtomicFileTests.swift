import Glibc
import NodeState
import Synchronization
import SystemPackage
import Testing

@testable import LinuxHost

/// A root with an `etc` that may be written, an `opt` that may not, and a store of backups.
struct CommitBench: Sendable {
    let folder: ScratchFolder
    let backups: BackupStore
    var files: AtomicFile

    init() throws {
        folder = try ScratchFolder()
        try folder.makeFolder("/etc")
        try folder.makeFolder("/opt")
        backups = BackupStore(folder: folder.path.appending("backup"))
        files = AtomicFile(
            root: try RootedOpen(root: folder.path), allowed: ["/etc"],
            owner: FileOwner(user: geteuid(), group: getegid()), backups: backups)
    }

    func edit(_ path: FilePath, _ before: String?, _ after: String) -> FileEdit {
        FileEdit(path: path, before: before.map { Array($0.utf8) }, after: Array(after.utf8))
    }

    func kept(_ path: FilePath) throws -> [String] {
        try backups.versions(of: path).compactMap { try backups.bytes(of: $0) }.map {
            String(decoding: $0, as: UTF8.self)
        }
    }
}

extension Commit {
    /// Which way it took effect; `nil` when there was nothing to do.
    var method: CommitMethod? {
        switch self {
        case .alreadyTrue: nil
        case .committed(let method, _): method
        }
    }

    var replaced: ReplacedFile? {
        switch self {
        case .alreadyTrue: nil
        case .committed(_, let replaced): replaced
        }
    }
}

@Suite("Atomic file")
struct AtomicFileTests {
    let bench: CommitBench

    init() throws { bench = try CommitBench() }

    @Test("new contents take the place of the old, whose backup is kept and whose mode stays")
    func replaces() throws {
        try bench.folder.write("old", to: "/etc/fstab", permissions: 0o640)
        let commit = try bench.files.commit(bench.edit("/etc/fstab", "old", "new"))
        #expect(commit.method == .exchanged)
        #expect(try bench.folder.text("/etc/fstab") == "new")
        #expect(try bench.folder.status("/etc/fstab").permissions == 0o640)
        #expect(try bench.kept("/etc/fstab") == ["old"])
    }

    @Test("a second run changes neither file nor times")
    func idempotent() throws {
        try bench.folder.write("old", to: "/etc/fstab")
        let first = try bench.files.commit(bench.edit("/etc/fstab", "old", "new"))
        #expect(try first.replaced?.settle() == .removed)
        let before = try bench.folder.status("/etc/fstab")
        #expect(try bench.files.commit(bench.edit("/etc/fstab", "old", "new")).method == nil)
        #expect(try bench.folder.status("/etc/fstab") == before)
        #expect(try bench.folder.names("/etc") == ["fstab"])
    }

    @Test("a file with other contents than the change was made from is left alone")
    func movedOn() throws {
        try bench.folder.write("other", to: "/etc/fstab")
        #expect(throws: CommitError.movedOn("/etc/fstab")) {
            try bench.files.commit(bench.edit("/etc/fstab", "old", "new"))
        }
        #expect(throws: CommitError.movedOn("/etc/fstab")) {
            try bench.files.commit(bench.edit("/etc/fstab", nil, "new"))
        }
        #expect(throws: CommitError.movedOn("/etc/gone")) {
            try bench.files.commit(bench.edit("/etc/gone", "old", "new"))
        }
        #expect(throws: CommitError.movedOn("/etc/no/folder")) {
            try bench.files.commit(bench.edit("/etc/no/folder", "old", "new"))
        }
        #expect(try bench.folder.text("/etc/fstab") == "other")
        #expect(try bench.folder.names("/etc") == ["fstab"])
    }

    @Test("a new file gets its mode whatever the process's mask, and its folder is made")
    func creates() throws {
        let before = umask(0o077)
        defer { umask(before) }
        let edit = bench.edit("/etc/systemd/system/swap.d/50-nucprep.conf", nil, "[Unit]\n")
        #expect(try bench.files.commit(edit).method == .created)
        #expect(try bench.folder.text(edit.path) == "[Unit]\n")
        #expect(try bench.folder.status(edit.path).permissions == 0o644)
        #expect(try bench.folder.status("/etc/systemd/system/swap.d").permissions == 0o755)
        #expect(try bench.folder.names("/etc/systemd/system/swap.d") == ["50-nucprep.conf"])
    }

    @Test("nothing is written outside of the folders that may be, nor is a folder made there")
    func outside() throws {
        #expect(throws: CommitError.refused("/opt/file", .outside("/opt"))) {
            try bench.files.commit(bench.edit("/opt/file", nil, "new"))
        }
        #expect(throws: CommitError.refused("/opt/made/file", .outside("/opt/made"))) {
            try bench.files.commit(bench.edit("/opt/made/file", nil, "new"))
        }
        try bench.folder.link("/etc/aside", to: "/opt")
        #expect(throws: CommitError.refused("/etc/aside/file", .outside("/opt"))) {
            try bench.files.commit(bench.edit("/etc/aside/file", nil, "new"))
        }
        #expect(throws: CommitError.refused("/etc/..", .notRegular)) {
            try bench.files.commit(bench.edit("/etc/..", nil, "new"))
        }
        #expect(try bench.folder.names("/opt").isEmpty)
    }

    @Test("a link stays, and its target is changed", arguments: ["/etc/real/fstab", "real/fstab", "../etc/real/fstab"])
    func link(_ target: FilePath) throws {
        try bench.folder.makeFolder("/etc/real")
        try bench.folder.write("old", to: "/etc/real/fstab")
        try bench.folder.link("/etc/fstab", to: target)
        #expect(try bench.files.commit(bench.edit("/etc/fstab", "old", "new")).method == .exchanged)
        #expect(try bench.folder.text("/etc/real/fstab") == "new")
        #expect(try RootedOpen(root: bench.folder.path).linkTarget(of: "/etc/fstab") == target)
    }

    @Test("a link that leads out, nowhere or in circles is refused")
    func badLinks() throws {
        try bench.folder.write("old", to: "/opt/fstab")
        try bench.folder.link("/etc/out", to: "/opt/fstab")
        try bench.folder.link("/etc/up", to: "../../../../opt/fstab")
        try bench.folder.link("/etc/nowhere", to: "missing")
        try bench.folder.link("/etc/nofolder", to: "/etc/missing/file")
        try bench.folder.link("/etc/circle", to: "circle")
        let refusals: [(FilePath, FileRefusal)] = [
            ("/etc/out", .outside("/opt")), ("/etc/up", .outside("/opt")),
            ("/etc/nowhere", .danglingLink(to: "/etc/missing")),
            ("/etc/nofolder", .danglingLink(to: "/etc/missing/file")), ("/etc/circle", .tooManyLinks),
        ]
        for (path, refusal) in refusals {
            #expect(throws: CommitError.refused(path, refusal)) {
                try bench.files.commit(bench.edit(path, "old", "new"))
            }
            #expect(throws: CommitError.refused(path, refusal)) {
                try bench.files.commit(bench.edit(path, nil, "new"))
            }
        }
        #expect(try bench.folder.text("/opt/fstab") == "old")
    }

    @Test("what is no plain file of one name is refused, and a pipe does not hold us")
    func kinds() throws {
        try bench.folder.makeFolder("/etc/folder")
        try bench.folder.makePipe("/etc/pipe")
        try bench.folder.write("old", to: "/etc/one")
        try bench.folder.hardLink("/etc/two", to: "/etc/one")
        try bench.folder.write(String(repeating: "x", count: AtomicFile.largestFile + 1), to: "/etc/large")
        let refusals: [(FilePath, FileRefusal)] = [
            ("/etc/folder", .notRegular), ("/etc/pipe", .notRegular), ("/etc/one", .hardLinks(2)),
            ("/etc/large", .tooLarge),
        ]
        for (path, refusal) in refusals {
            #expect(throws: CommitError.refused(path, refusal)) {
                try bench.files.commit(bench.edit(path, "old", "new"))
            }
        }
        #expect(try bench.folder.names("/etc") == ["folder", "large", "one", "pipe", "two"])
    }

    @Test("a file of another owner is refused")
    func owner() throws {
        var bench = bench
        try bench.folder.write("old", to: "/etc/fstab")
        bench.files = AtomicFile(
            root: try RootedOpen(root: bench.folder.path), allowed: ["/etc"],
            owner: FileOwner(user: geteuid() + 1, group: getegid()), backups: bench.backups)
        #expect(
            throws: CommitError.refused("/etc/fstab", .foreignOwner(user: geteuid(), group: getegid()))
        ) {
            try bench.files.commit(bench.edit("/etc/fstab", "old", "new"))
        }
    }

    @Test(
        "attributes go with the contents, and signatures of the old contents are refused", .enabled(if: geteuid() == 0))
    func attributes() throws {
        try bench.folder.write("old", to: "/etc/fstab")
        let file = Descriptor(try FileDescriptor.open(FilePath(bench.folder.real("/etc/fstab")), .readOnly))
        try setAttribute("user.nucprep", "kept", of: file)
        #expect(try bench.files.commit(bench.edit("/etc/fstab", "old", "new")).method == .exchanged)
        let changed = Descriptor(try FileDescriptor.open(FilePath(bench.folder.real("/etc/fstab")), .readOnly))
        #expect(attribute("user.nucprep", of: changed) == "kept")
        try setAttribute(
            "security.capability", "\u{1}\0\0\u{2}" + String(repeating: "\0", count: 16), of: changed)
        #expect(throws: CommitError.refused("/etc/fstab", .securityAttribute("security.capability"))) {
            try bench.files.commit(bench.edit("/etc/fstab", "new", "newer"))
        }
    }

    @Test("a file system without exchange gets a plain rename, and it is told")
    func withoutExchange() throws {
        var files = bench.files
        files.exchange = { _, _, _ in -EINVAL }
        try bench.folder.write("old", to: "/etc/fstab")
        let commit = try files.commit(bench.edit("/etc/fstab", "old", "new"))
        #expect(commit.method == .renamed)
        #expect(commit.replaced == nil)
        #expect(try bench.folder.text("/etc/fstab") == "new")
        #expect(try bench.folder.names("/etc") == ["fstab"])
        #expect(try bench.kept("/etc/fstab") == ["old"])
    }

    @Test(
        "the kernel's refusals have names",
        arguments: [
            (Errno.resourceBusy, CommitError.refused("/etc/hosts", .mountPoint)),
            (.readOnlyFileSystem, .refused("/etc/hosts", .readOnly)),
            (.notPermitted, .refused("/etc/hosts", .immutable)), (.noSpace, .refused("/etc/hosts", .noSpace)),
            (.diskQuotaExceeded, .refused("/etc/hosts", .noSpace)), (.ioError, .failed("/etc/hosts", .ioError)),
        ])
    func refusals(_ error: Errno, _ expected: CommitError) throws {
        var files = bench.files
        files.exchange = { _, _, _ in -error.rawValue }
        try bench.folder.write("old", to: "/etc/hosts")
        #expect(throws: expected) { try files.commit(bench.edit("/etc/hosts", "old", "new")) }
        #expect(try bench.folder.text("/etc/hosts") == "old")
        #expect(try bench.folder.names("/etc") == ["hosts"])
    }

    @Test("a file without a backup is not changed")
    func noBackup() throws {
        try bench.folder.write("a file in the place of the store", to: "/backup")
        try bench.folder.write("old", to: "/etc/fstab")
        let error = #expect(throws: CommitError.self) {
            try bench.files.commit(bench.edit("/etc/fstab", "old", "new"))
        }
        guard case .notKept("/etc/fstab", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try bench.folder.text("/etc/fstab") == "old")
    }

    @Test("a file is removed when it still is what it was, with a backup")
    func removes() throws {
        try bench.folder.write("ours", to: "/etc/nucprep.conf")
        #expect(throws: CommitError.movedOn("/etc/nucprep.conf")) {
            try bench.files.remove("/etc/nucprep.conf", before: Array("other".utf8))
        }
        let commit = try bench.files.remove("/etc/nucprep.conf", before: Array("ours".utf8))
        #expect(commit.method == .removed)
        #expect(try commit.replaced?.settle() == .removed)
        #expect(try bench.folder.names("/etc").isEmpty)
        #expect(try bench.kept("/etc/nucprep.conf") == ["ours"])
        #expect(try bench.files.remove("/etc/nucprep.conf", before: Array("ours".utf8)).method == nil)
        try bench.folder.write("ours", to: "/etc/target")
        try bench.folder.link("/etc/nucprep.conf", to: "target")
        #expect(throws: CommitError.movedOn("/etc/nucprep.conf")) {
            try bench.files.remove("/etc/nucprep.conf", before: Array("ours".utf8))
        }
        #expect(try bench.folder.names("/etc") == ["nucprep.conf", "target"])
    }

    @Test("a link is made where nothing is, once, and never over anything")
    func makesLinks() throws {
        #expect(try bench.files.link("/etc/systemd/a.swap", to: "/dev/null").method == .created)
        #expect(try bench.files.link("/etc/systemd/a.swap", to: "/dev/null").method == nil)
        #expect(throws: CommitError.movedOn("/etc/systemd/a.swap")) {
            try bench.files.link("/etc/systemd/a.swap", to: "/dev/zero")
        }
        try bench.folder.write("[Swap]\n", to: "/etc/systemd/b.swap")
        #expect(throws: CommitError.movedOn("/etc/systemd/b.swap")) {
            try bench.files.link("/etc/systemd/b.swap", to: "/dev/null")
        }
        #expect(throws: CommitError.refused("/opt/c.swap", .outside("/opt"))) {
            try bench.files.link("/opt/c.swap", to: "/dev/null")
        }
    }

    // The Glibc module shows neither.
    private typealias Setter =
        @convention(c) (Int32, UnsafePointer<CChar>, UnsafeRawPointer, Int, Int32) -> Int32
    private typealias Getter = @convention(c) (Int32, UnsafePointer<CChar>, UnsafeMutableRawPointer, Int) -> Int

    private func setAttribute(_ name: String, _ value: String, of file: borrowing Descriptor) throws {
        guard let symbol = unsafe dlsym(nil, "fsetxattr") else { throw Errno.noFunction }
        let function = unsafe unsafeBitCast(symbol, to: Setter.self)
        let bytes = Array(value.utf8)
        let result = file.withNumber { unsafe function($0, name, bytes, bytes.count, 0) }
        guard result == 0 else { throw Errno(rawValue: errno) }
    }

    private func attribute(_ name: String, of file: borrowing Descriptor) -> String? {
        guard let symbol = unsafe dlsym(nil, "fgetxattr") else { return nil }
        var bytes = [UInt8](repeating: 0, count: 256)
        let function = unsafe unsafeBitCast(symbol, to: Getter.self)
        let count = file.withNumber { unsafe function($0, name, &bytes, bytes.count) }
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }
}
