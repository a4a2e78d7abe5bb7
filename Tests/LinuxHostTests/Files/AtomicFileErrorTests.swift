import Glibc
import NodeState
import Synchronization
import SystemPackage
import Testing

@testable import LinuxHost

/// Errors of the disk at every step: the file is whole, what failed is said, and nothing of ours is left beside it.
@Suite("Atomic file and errors of the disk")
struct AtomicFileErrorTests {
    let bench: CommitBench

    init() throws { bench = try CommitBench() }

    /// The files of the bench, with an error at a step, once.
    private func files(failing step: CommitStep, _ error: Errno = .ioError) -> AtomicFile {
        var files = bench.files
        let once = Once()
        files.reached = { reached throws(Errno) in if reached == step, once.isFirst() { throw error } }
        return files
    }

    private final class Once: Sendable {
        private let isOver = Atomic<Bool>(false)
        func isFirst() -> Bool { !isOver.exchange(true, ordering: .relaxed) }
    }

    @Test("of a change nothing is left beside the file", arguments: CommitStep.allCases, [Errno.ioError, .noSpace])
    func change(_ step: CommitStep, _ error: Errno) throws {
        try bench.folder.write("old", to: "/etc/fstab")
        let files = files(failing: step, error)
        // Nobody else writes: nothing has to be restored.
        guard step != .restored else { return }
        let expected: CommitError =
            error == .noSpace ? .refused("/etc/fstab", .noSpace) : .failed("/etc/fstab", error)
        #expect(throws: expected) { try files.commit(bench.edit("/etc/fstab", "old", "new")) }
        let live = try bench.folder.text("/etc/fstab")
        #expect(live == (step == .kept || step == .written ? "old" : "new"))
        #expect(try bench.folder.names("/etc") == ["fstab"])
        #expect(try bench.kept("/etc/fstab") == ["old"])
    }

    @Test("of a change that another's version is put back for nothing is left either")
    func restored() throws {
        let folder = bench.folder
        try folder.write("old", to: "/etc/fstab")
        var files = bench.files
        let once = Once()
        files.reached = { step throws(Errno) in
            if step == .written { try? folder.replace("/etc/fstab", with: "theirs") }
            if step == .restored, once.isFirst() { throw .ioError }
        }
        #expect(throws: CommitError.failed("/etc/fstab", .ioError)) {
            try files.commit(bench.edit("/etc/fstab", "old", "new"))
        }
        #expect(try folder.text("/etc/fstab") == "theirs")
        #expect(try folder.names("/etc") == ["fstab"])
    }

    @Test("an exchange back that fails leaves both versions, one of them as a backup")
    func noWayBack() throws {
        let folder = bench.folder
        try folder.write("old", to: "/etc/fstab")
        var files = bench.files
        let once = Once()
        let exchange = files.exchange
        files.exchange = { once.isFirst() ? exchange($0, $1, $2) : -EIO }
        files.reached = { step in if step == .written { try? folder.replace("/etc/fstab", with: "theirs") } }
        #expect(throws: CommitError.self) { try files.commit(bench.edit("/etc/fstab", "old", "new")) }
        #expect(try folder.names("/etc") == ["fstab"])
        #expect(try folder.text("/etc/fstab") == "new")
        #expect(try bench.kept("/etc/fstab") == ["old", "theirs"])
    }

    @Test("of a new file and of a removal nothing is left", arguments: CommitStep.allCases)
    func others(_ step: CommitStep) throws {
        let files = files(failing: step)
        _ = try? files.commit(bench.edit("/etc/new.conf", nil, "new"))
        let names = try bench.folder.names("/etc")
        #expect(names == [] || names == ["new.conf"], "\(names)")
        try bench.folder.write("ours", to: "/etc/old.conf")
        let again = self.files(failing: step)
        _ = try? again.remove("/etc/old.conf", before: Array("ours".utf8)).replaced?.settle()
        let left = try bench.folder.names("/etc").filter { AtomicFile.original(ofTemporary: $0) != nil }
        #expect(left.isEmpty)
        let text = try bench.folder.text("/etc/old.conf")
        #expect(text == nil || text == "ours")
    }

    @Test(
        "a write of our own memory and of a backup that fails leaves nothing, and a start takes away what a crash left")
    func own() throws {
        try bench.folder.makeFolder("/state")
        try bench.folder.makeFolder("/state/last-good")
        let state = StateFolder(bench.folder.path.appending("state"))
        // A folder in the place of the file: all goes well up to the rename.
        try bench.folder.makeFolder("/state/record")
        try bench.folder.write("in the way", to: "/state/record/x")
        #expect(!state.write([1], to: "record"))
        #expect(try bench.folder.names("/state") == ["last-good", "record"])
        for name in ["/state/.record.new", "/state/last-good/.000-nucprep.toml.new", "/state/kept.new", "/state/.new"] {
            try bench.folder.write("half", to: FilePath(name))
        }
        state.sweep()
        #expect(try bench.folder.names("/state") == [".new", "kept.new", "last-good", "record"])
        #expect(try bench.folder.names("/state/last-good") == [])

        let digest = BackupStore.digest(of: [1])
        try bench.folder.makeFolder("/backup")
        try bench.folder.makeFolder(FilePath("/backup/\(digest)"))
        try bench.folder.write("in the way", to: FilePath("/backup/\(digest)/x"))
        #expect(throws: BackupError.self) { try bench.backups.keep([1], of: "/etc/fstab") }
        #expect(try bench.folder.names("/backup") == [digest])
        try bench.folder.write("half", to: "/backup/.index.new")
        bench.backups.sweep()
        #expect(try bench.folder.names("/backup") == [digest])
    }
}
