import Glibc
import NodeState
import Synchronization
import SystemPackage
import Testing

@testable import LinuxHost

/// Another writer at chosen steps of a change; each version ends as the file or as a backup.
@Suite("Atomic file and other writers")
struct AtomicFileRaceTests {
    let bench: CommitBench

    init() throws { bench = try CommitBench() }

    /// The files of the bench, with `body` called at each step together with how often that step was reached before.
    private func files(_ body: @escaping @Sendable (CommitStep, Int) throws -> Void) -> AtomicFile {
        var files = bench.files
        let counts = Mutex<[CommitStep: Int]>([:])
        let held = Holder(counts)
        files.reached = { step in
            let before = held.next(step)
            do { try body(step, before) } catch { Issue.record(error) }
        }
        return files
    }

    private final class Holder: Sendable {
        private let counts: Mutex<[CommitStep: Int]>
        init(_ counts: consuming sending Mutex<[CommitStep: Int]>) { self.counts = counts }
        func next(_ step: CommitStep) -> Int {
            counts.withLock { counts in
                defer { counts[step, default: 0] += 1 }
                return counts[step, default: 0]
            }
        }
    }

    @Test("a version renamed over the old one in the last moment stays", arguments: [true, false])
    func lastMoment(_ inPlace: Bool) throws {
        let folder = bench.folder
        try folder.write("old", to: "/etc/fstab")
        let files = files { step, count in
            guard step == .written, count == 0 else { return }
            if inPlace {
                try folder.write("theirs", to: "/etc/fstab")
            } else {
                try folder.replace("/etc/fstab", with: "theirs")
            }
        }
        #expect(throws: CommitError.movedOn("/etc/fstab")) { try files.commit(bench.edit("/etc/fstab", "old", "new")) }
        #expect(try folder.text("/etc/fstab") == "theirs")
        #expect(try folder.names("/etc") == ["fstab"])
    }

    @Test("a file replaced by its own contents is changed in the second round")
    func sameContents() throws {
        let folder = bench.folder
        try folder.write("old", to: "/etc/fstab")
        let files = files { step, count in
            if step == .written, count == 0 { try folder.replace("/etc/fstab", with: "old") }
        }
        let commit = try files.commit(bench.edit("/etc/fstab", "old", "new"))
        #expect(commit.method == .exchanged)
        #expect(try folder.text("/etc/fstab") == "new")
        #expect(try commit.replaced?.settle() == .removed)
        #expect(try folder.names("/etc") == ["fstab"])
    }

    @Test("a version written after the exchange stays")
    func after() throws {
        let folder = bench.folder
        try folder.write("old", to: "/etc/fstab")
        let files = files { step, _ in
            if step == .exchanged { try folder.replace("/etc/fstab", with: "theirs") }
        }
        #expect(try files.commit(bench.edit("/etc/fstab", "old", "new")).method == .exchanged)
        #expect(try folder.text("/etc/fstab") == "theirs")
        #expect(try bench.kept("/etc/fstab") == ["old"])
    }

    @Test("of two versions written meanwhile the newer stays and the older is kept", arguments: [true, false])
    func twoWriters(_ inPlace: Bool) throws {
        let folder = bench.folder
        try folder.write("old", to: "/etc/fstab")
        let files = files { step, count in
            guard count == 0 else { return }
            if step == .written { try folder.replace("/etc/fstab", with: "second") }
            guard step == .exchanged else { return }
            // In place: into the very file that we have just put there.
            if inPlace {
                try folder.write("third", to: "/etc/fstab")
            } else {
                try folder.replace("/etc/fstab", with: "third")
            }
        }
        #expect(throws: CommitError.movedOn("/etc/fstab")) { try files.commit(bench.edit("/etc/fstab", "old", "new")) }
        #expect(try folder.text("/etc/fstab") == "third")
        #expect(try bench.kept("/etc/fstab") == ["old", "second"])
        #expect(try folder.names("/etc") == ["fstab"])
    }

    @Test("against a writer that never rests the change is given up, and no version is lost")
    func contested() throws {
        let folder = bench.folder
        try folder.write("old", to: "/etc/fstab")
        let written = Versions()
        let files = files { step, _ in
            guard step == .written || step == .exchanged || step == .restored else { return }
            try folder.replace("/etc/fstab", with: written.next())
        }
        #expect(throws: CommitError.contested("/etc/fstab", left: nil)) {
            try files.commit(bench.edit("/etc/fstab", "old", "new"))
        }
        let live = try #require(try folder.text("/etc/fstab"))
        // The version that we held when we gave up; one that its own writer replaced is not ours to keep.
        let kept = try bench.kept("/etc/fstab")
        #expect(kept.first == "old")
        #expect(kept.last?.hasPrefix("version ") == true)
        #expect(kept.last != live)
        #expect(live == written.last)
        #expect(try folder.names("/etc") == ["fstab"])
    }

    private final class Versions: Sendable {
        private let count = Atomic<Int>(0)
        func next() -> String { "version \(count.add(1, ordering: .relaxed).newValue)" }
        var last: String { "version \(count.load(ordering: .relaxed))" }
    }

    @Test("a file that is deleted meanwhile is not brought back")
    func deleted() throws {
        let folder = bench.folder
        try folder.write("old", to: "/etc/fstab")
        let files = files { step, _ in if step == .written { try folder.remove("/etc/fstab") } }
        #expect(throws: CommitError.movedOn("/etc/fstab")) { try files.commit(bench.edit("/etc/fstab", "old", "new")) }
        #expect(try folder.names("/etc").isEmpty)
    }

    @Test("a file that a link or a folder has replaced meanwhile stays so")
    func otherKinds() throws {
        let folder = bench.folder
        for name in ["link", "folder"] {
            let path = FilePath("/etc/\(name)")
            try folder.write("old", to: path)
            let files = files { step, count in
                guard step == .written, count == 0 else { return }
                try folder.remove(path)
                if name == "link" { try folder.link(path, to: "/dev/null") } else { try folder.makeFolder(path) }
            }
            #expect(throws: CommitError.self) { try files.commit(bench.edit(path, "old", "new")) }
        }
        let kinds = try RootedOpen(root: folder.path)
        #expect(try kinds.kind(of: "/etc/link") == .link("/dev/null"))
        #expect(try kinds.kind(of: "/etc/folder") == .directory)
        #expect(try folder.names("/etc") == ["folder", "link"])
    }

    @Test("a new file that another makes first is theirs")
    func madeFirst() throws {
        let folder = bench.folder
        let files = files { step, _ in if step == .written { try folder.write("theirs", to: "/etc/new") } }
        #expect(throws: CommitError.movedOn("/etc/new")) { try files.commit(bench.edit("/etc/new", nil, "ours")) }
        #expect(try folder.text("/etc/new") == "theirs")
        #expect(try folder.names("/etc") == ["new"])
    }

    @Test("a file written in the moment of its removal comes back")
    func writtenWhileRemoved() throws {
        let folder = bench.folder
        try folder.write("ours", to: "/etc/nucprep.conf")
        let files = files { step, count in
            if step == .kept, count == 0 { try folder.write("theirs", to: "/etc/nucprep.conf") }
        }
        #expect(throws: CommitError.movedOn("/etc/nucprep.conf")) {
            try files.remove("/etc/nucprep.conf", before: Array("ours".utf8))
        }
        #expect(try folder.text("/etc/nucprep.conf") == "theirs")
        #expect(try folder.names("/etc") == ["nucprep.conf"])
    }

    @Test(
        "at every step the file is the old one or the new one, and the old one has a backup before the new one is there"
    )
    func crashPoints() throws {
        let bench = bench
        try bench.folder.write("old", to: "/etc/fstab")
        let seen = Mutex<Set<CommitStep>>([])
        let steps = Steps(seen)
        let files = files { step, _ in
            steps.insert(step)
            let live = try bench.folder.text("/etc/fstab")
            #expect(live == "old" || live == "new")
            #expect(try bench.kept("/etc/fstab") == ["old"])
            // Whatever has another name of ours is one of the two, complete.
            for name in try bench.folder.names("/etc") where AtomicFile.original(ofTemporary: name) != nil {
                let text = try bench.folder.text(FilePath("/etc/\(name)"))
                #expect(text == (live == "old" ? "new" : "old"))
            }
        }
        _ = try files.commit(bench.edit("/etc/fstab", "old", "new"))
        #expect(steps.all == [.kept, .written, .exchanged, .finished])
    }

    private final class Steps: Sendable {
        private let seen: Mutex<Set<CommitStep>>
        init(_ seen: consuming sending Mutex<Set<CommitStep>>) { self.seen = seen }
        func insert(_ step: CommitStep) { seen.withLock { seen in _ = seen.insert(step) } }
        var all: Set<CommitStep> { seen.withLock { $0 } }
    }

    @Test("a sweep removes what a crash left, and keeps what it does not know")
    func sweep() throws {
        let known = AtomicFile.temporaryName(for: "fstab")
        let unknown = AtomicFile.temporaryName(for: "modules.conf")
        try bench.folder.write("new", to: FilePath("/etc/\(known)"))
        try bench.folder.write("displaced", to: FilePath("/etc/\(unknown)"))
        for name in ["fstab", ".fstab.nucprep.0123~", ".nucprep.0123456789abcdef~", "fstab.nucprep.0123456789abcdef~"] {
            try bench.folder.write("not ours to remove", to: FilePath("/etc/\(name)"))
        }
        try bench.folder.makeFolder("/etc/deep")
        let deep = AtomicFile.temporaryName(for: "hosts")
        try bench.folder.write("elsewhere", to: FilePath("/etc/deep/\(deep)"))
        try bench.folder.link("/etc/way-out", to: "/opt")
        try bench.folder.write("not in reach", to: FilePath("/opt/\(AtomicFile.temporaryName(for: "x"))"))
        let strays = bench.files.sweep(known: [BackupStore.digest(of: Array("new".utf8))])
        #expect(strays.map(\.original) == ["/etc/fstab", "/etc/modules.conf", "/etc/deep/hosts"])
        #expect(strays.map(\.isKept) == [false, true, true])
        #expect(try bench.kept("/etc/modules.conf") == ["displaced"])
        #expect(try bench.folder.names("/etc").count == 6)
        #expect(try bench.folder.names("/opt").count == 1)
        #expect(bench.files.sweep().isEmpty)
    }

    @Test("a temporary name leads back to its file", arguments: ["fstab", "a.b.c", ".hidden", "x~"])
    func names(_ name: String) {
        #expect(AtomicFile.original(ofTemporary: AtomicFile.temporaryName(for: name)) == name)
    }
}
