import Glibc
import NodeState
import Synchronization
import SystemPackage
import Testing

@testable import LinuxHost

/// Somebody who has the file open for writing while it is to be changed.
@Suite("Atomic file and open writers")
struct AtomicFileWriterTests {
    let bench: CommitBench

    init() throws { bench = try CommitBench() }

    private static let fstab: FilePath = "/etc/fstab"

    /// The files of the bench on a file system without leases, whose files are always at rest.
    private var withoutLeases: AtomicFile {
        var files = bench.files
        files.writers.take = { _ in -EINVAL }
        files.writers.quiet = .zero
        return files
    }

    private func writer(_ options: FileDescriptor.OpenOptions = .append) throws -> Descriptor {
        Descriptor(
            try FileDescriptor.open(FilePath(bench.folder.real(Self.fstab)), .writeOnly, options: options))
    }

    @Test("a file that is open for writing is left alone, without a backup of its half, and changed once it is closed")
    func open() throws {
        try bench.folder.write("old", to: Self.fstab)
        do {
            let writer = try writer()
            #expect(throws: CommitError.refused(Self.fstab, .openForWriting)) {
                try bench.files.commit(bench.edit(Self.fstab, "old", "new"))
            }
            #expect(throws: CommitError.refused(Self.fstab, .openForWriting)) {
                try bench.files.remove(Self.fstab, before: Array("old".utf8))
            }
            try writer.write(Array(" and more".utf8))
        }
        #expect(try bench.folder.text(Self.fstab) == "old and more")
        #expect(try bench.folder.names("/etc") == ["fstab"])
        #expect(try bench.kept(Self.fstab) == [])
        let commit = try bench.files.commit(bench.edit(Self.fstab, "old and more", "new"))
        #expect(commit.method == .exchanged)
        #expect(try commit.replaced?.settle() == .removed)
        #expect(try bench.folder.text(Self.fstab) == "new")
    }

    @Test("the refusal says what is in the way, and how to find it")
    func refusal() {
        let error = CommitError.refused(Self.fstab, .openForWriting)
        #expect(error.description.contains("/etc/fstab: another process has it open for writing"))
        #expect(FileRefusal.openForWriting.remedy(for: Self.fstab) == "fuser -v /etc/fstab")
    }

    @Test("a reader is no writer")
    func reader() throws {
        try bench.folder.write("old", to: Self.fstab)
        let reader = Descriptor(try FileDescriptor.open(FilePath(bench.folder.real(Self.fstab)), .readOnly))
        #expect(try bench.files.commit(bench.edit(Self.fstab, "old", "new")).method == .exchanged)
        #expect(try reader.readAll(limit: 10) == Array("old".utf8))
    }

    @Test(
        "who opens the old file in the last moment gets it back, and the change is refused", arguments: [true, false])
    func lastMoment(_ removes: Bool) throws {
        try bench.folder.write("old", to: Self.fstab)
        var files = bench.files
        let folder = bench.folder
        files.reached = { step in
            guard step == .exchanged else { return }
            // As one who has found the name before it led to another file: the kernel has him wait for the lease.
            for name in (try? folder.names("/etc")) ?? [] where AtomicFile.original(ofTemporary: name) != nil {
                let path = FilePath(folder.real(FilePath("/etc/\(name)")))
                #expect(throws: Errno.resourceTemporarilyUnavailable) {
                    _ = try FileDescriptor.open(path, .writeOnly, options: .nonBlocking)
                }
            }
        }
        #expect(throws: CommitError.refused(Self.fstab, .openForWriting)) {
            if removes {
                _ = try files.remove(Self.fstab, before: Array("old".utf8))
            } else {
                _ = try files.commit(bench.edit(Self.fstab, "old", "new"))
            }
        }
        #expect(try bench.folder.text(Self.fstab) == "old")
        #expect(try bench.folder.names("/etc") == ["fstab"])
    }

    @Test("without leases, a file that is written after it was replaced goes back, and the writer goes on in it")
    func putBack() throws {
        try bench.folder.write("old", to: Self.fstab)
        let writer = try writer()
        let commit = try withoutLeases.commit(bench.edit(Self.fstab, "old", "new"))
        #expect(try bench.folder.text(Self.fstab) == "new")
        try writer.write(Array(" and late".utf8))
        #expect(try commit.replaced?.settle() == .putBack)
        try writer.write(Array(" and later".utf8))
        #expect(try bench.folder.text(Self.fstab) == "old and late and later")
        #expect(try bench.folder.names("/etc") == ["fstab"])
        #expect(try commit.replaced?.settle() == .removed)
    }

    @Test("a file that is written after it was removed goes back")
    func removed() throws {
        try bench.folder.write("ours", to: Self.fstab)
        let writer = try writer()
        let commit = try withoutLeases.remove(Self.fstab, before: Array("ours".utf8))
        try writer.write(Array(" and late".utf8))
        #expect(try commit.replaced?.settle() == .putBack)
        #expect(try bench.folder.text(Self.fstab) == "ours and late")
        #expect(try bench.folder.names("/etc") == ["fstab"])
    }

    @Test("of two that write, one into the old file and one anew, both versions stay", arguments: [true, false])
    func both(_ isOpen: Bool) throws {
        try bench.folder.write("old", to: Self.fstab)
        let writer = try writer()
        let commit = try withoutLeases.commit(bench.edit(Self.fstab, "old", "new"))
        if isOpen {
            try bench.folder.write("theirs", to: Self.fstab)
        } else {
            try bench.folder.replace(Self.fstab, with: "theirs")
        }
        try writer.write(Array(" and late".utf8))
        let digest = BackupStore.digest(of: Array("old and late".utf8))
        #expect(try commit.replaced?.settle() == .kept(digest))
        #expect(try bench.backups.bytes(of: digest) == Array("old and late".utf8))
        #expect(try bench.folder.text(Self.fstab) == "theirs")
        #expect(try bench.folder.names("/etc") == ["fstab"])
    }

    @Test(
        "without leases, a file that was just written is waited for, and one that was written meanwhile looked at anew")
    func quiet() throws {
        try bench.folder.write("old", to: Self.fstab)
        var files = withoutLeases
        let status = try bench.folder.status(Self.fstab)
        let asked = Counter()
        files.writers.quiet = .milliseconds(20)
        files.writers.now = {
            asked.add()
            return status.modified[0] * 1_000_000 + status.modified[1] / 1000
        }
        #expect(try files.commit(bench.edit(Self.fstab, "old", "new")).method == .exchanged)
        #expect(asked.count == 1)
        files.writers.now = { [folder = bench.folder] in
            // Between the reading and the waiting.
            try? folder.write("newer", to: Self.fstab)
            return status.modified[0] * 1_000_000 + status.modified[1] / 1000
        }
        #expect(throws: CommitError.movedOn(Self.fstab)) { try files.commit(bench.edit(Self.fstab, "new", "newest")) }
        #expect(try bench.folder.text(Self.fstab) == "newer")
    }

    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)
        func add() { value.add(1, ordering: .relaxed) }
        var count: Int { value.load(ordering: .relaxed) }
    }

    // MARK: Every order of what a writer does and what we do

    /// What a writer does in place, one after the other.
    private enum Write: CaseIterable { case open, first, second, third, close }

    /// The positions at which we act, between the steps of the writer: all ways to put `count` acts into them.
    private static func orders(_ count: Int) -> [[Int]] {
        guard count > 0 else { return [[]] }
        return orders(count - 1).flatMap { order in
            ((order.last ?? 0)...Write.allCases.count).map { order + [$0] }
        }
    }

    /// Comments out what is not yet; `nil` when there is nothing to do.
    private func edit() throws -> FileEdit? {
        let text = try bench.folder.text(Self.fstab) ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let after = lines.map { $0.isEmpty || $0.hasPrefix("#") ? String($0) : "#\($0)" }.joined(separator: "\n")
        return after == text ? nil : bench.edit(Self.fstab, text, after)
    }

    @Test("in every order of a slow writer and our changes, each line of his is in the file", arguments: [true, false])
    func orders(_ hasLeases: Bool) throws {
        let files = hasLeases ? bench.files : withoutLeases
        for order in Self.orders(4) {
            try bench.folder.write("old\n", to: Self.fstab)
            var replaced: [ReplacedFile] = []
            var number = 0
            /// With leases every second act is the end of what was replaced before.
            func next() throws {
                defer { number += 1 }
                if hasLeases, number % 2 == 1 { try settle(&replaced) } else { try act(files, &replaced) }
            }
            var writer: Descriptor?
            for (place, step) in Write.allCases.enumerated() {
                for position in order where position == place { try next() }
                switch step {
                case .open: writer = try self.writer([.append, .truncate])
                case .first: try writer?.write(Array("one\n".utf8))
                case .second: try writer?.write(Array("two\n".utf8))
                case .third: try writer?.write(Array("three\n".utf8))
                case .close: writer = nil
                }
            }
            for position in order where position == Write.allCases.count { try next() }
            // Then all comes to rest, as the events of its closing have us look again.
            for _ in 0..<4 {
                try settle(&replaced)
                try act(files, &replaced)
            }
            try settle(&replaced)
            let text = try bench.folder.text(Self.fstab)
            #expect(text == "#one\n#two\n#three\n", "\(order)")
            #expect(try bench.folder.names("/etc") == ["fstab"], "\(order)")
        }
    }

    /// Looks and changes, and keeps at hand what was replaced.
    private func act(_ files: AtomicFile, _ replaced: inout [ReplacedFile]) throws {
        guard let edit = try edit() else { return }
        do throws(CommitError) {
            if let file = try files.commit(edit).replaced { replaced.append(file) }
        } catch {
            let isExpected =
                switch error {
                case .refused(_, .openForWriting), .movedOn, .contested: true
                default: false
                }
            #expect(isExpected, "\(error)")
        }
    }

    private func settle(_ replaced: inout [ReplacedFile]) throws {
        for file in replaced { _ = try file.settle() }
        replaced = []
    }

    private static func writeSlowly(_ count: Int, in folder: ScratchFolder, _ isDone: Flag) async throws {
        let path = FilePath(folder.real(fstab))
        let options: FileDescriptor.OpenOptions = [.append, .truncate]
        let writer = SharedDescriptor(Descriptor(try FileDescriptor.open(path, .writeOnly, options: options)))
        for number in 0..<count {
            try writer.with { (file) throws(Errno) in try file.write(Array("line \(number)\n".utf8)) }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...8)))
        }
        isDone.raise()
    }

    @Test("a writer that pauses again and again while looks come loses nothing", .timeLimit(.minutes(2)))
    func racing() async throws {
        for round in 0..<10 {
            let count = 12
            try bench.folder.write("old\n", to: Self.fstab)
            let isDone = Flag()
            async let written: Void = Self.writeSlowly(count, in: bench.folder, isDone)
            var replaced: [ReplacedFile] = []
            while !isDone.isRaised {
                try act(bench.files, &replaced)
                if Bool.random() { try settle(&replaced) }
                await Task.yield()
            }
            try await written
            try act(bench.files, &replaced)
            try settle(&replaced)
            let lines = (0..<count).map { "#line \($0)\n" }.joined()
            #expect(try bench.folder.text(Self.fstab) == lines, "\(round)")
            #expect(try bench.folder.names("/etc") == ["fstab"])
        }
    }

    private final class Flag: Sendable {
        private let value = Atomic<Bool>(false)
        func raise() { value.store(true, ordering: .releasing) }
        var isRaised: Bool { value.load(ordering: .acquiring) }
    }
}
