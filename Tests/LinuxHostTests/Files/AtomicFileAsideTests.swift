import Glibc
import NodeState
import SystemPackage
import Testing

@testable import LinuxHost

/// Files and links are moved aside while they are what was seen, and nothing is lost to whoever comes in between.
@Suite("Moving aside")
struct AtomicFileAsideTests {
    let bench: CommitBench
    let aside: AsideFolder
    private static let path: FilePath = "/etc/00-old.conflist"

    init() throws {
        bench = try CommitBench()
        // 2026-12-01 02:43:20 UTC.
        aside = AsideFolder(at: bench.folder.path.appending("state/aside"), now: { 1_796_093_000_000_000 })
    }

    private var kept: [String] { (try? bench.folder.names("/state/aside")) ?? [] }

    private func move(_ text: String) -> FileMove {
        FileMove(path: Self.path, contents: .file(Array(text.utf8)))
    }

    /// The files of the bench, with `body` called after a step.
    private func files(after step: CommitStep, _ body: @escaping @Sendable () throws -> Void) -> AtomicFile {
        var files = bench.files
        files.reached = { reached in
            guard reached == step else { return }
            do { try body() } catch { Issue.record(error) }
        }
        return files
    }

    @Test("a file goes with its bytes and its mode, and its name has the time behind it")
    func file() throws {
        try bench.folder.write("old", to: Self.path, permissions: 0o640)
        let commit = try bench.files.move(move("old"), to: aside)
        #expect(commit.method == .removed)
        #expect(try commit.replaced?.settle() == .removed)
        #expect(try bench.folder.names("/etc") == [])
        #expect(kept == ["00-old.conflist.20261201T024320Z"])
        let copy: FilePath = "/state/aside/00-old.conflist.20261201T024320Z"
        #expect(try bench.folder.text(copy) == "old")
        #expect(try RootedOpen(root: bench.folder.path).openPath(copy).status().permissions == 0o640)
        let folder = try RootedOpen(root: bench.folder.path).openPath("/state/aside").status()
        #expect(folder.permissions & 0o077 == 0)
    }

    @Test("a name that is taken there gets a number, and what has it is left as it is")
    func taken() throws {
        for round in 0..<3 {
            try bench.folder.write("\(round)", to: Self.path)
            _ = try bench.files.move(move("\(round)"), to: aside).replaced?.settle()
        }
        let name = "00-old.conflist.20261201T024320Z"
        #expect(kept == [name, "\(name).1", "\(name).2"])
        #expect(try bench.folder.text(FilePath("/state/aside/\(name)")) == "0")
        #expect(try bench.folder.text(FilePath("/state/aside/\(name).2")) == "2")
    }

    @Test("a link goes as a link, and its end is not touched")
    func link() throws {
        try bench.folder.write("end", to: "/opt/end")
        try bench.folder.link(Self.path, to: "/opt/end")
        let commit = try bench.files.move(FileMove(path: Self.path, contents: .link("/opt/end")), to: aside)
        #expect(commit.method == .removed)
        #expect(try bench.folder.names("/etc") == [])
        #expect(try bench.folder.text("/opt/end") == "end")
        #expect(
            try RootedOpen(root: bench.folder.path).linkTarget(of: "/state/aside/00-old.conflist.20261201T024320Z")
                == "/opt/end")
    }

    @Test("what is another thing than was seen stays, and no copy of it is left")
    func others() throws {
        try bench.folder.write("new", to: Self.path)
        #expect(throws: CommitError.movedOn(Self.path)) { try bench.files.move(move("old"), to: aside) }
        let link = FileMove(path: Self.path, contents: .link("/opt/end"))
        #expect(throws: CommitError.movedOn(Self.path)) { try bench.files.move(link, to: aside) }
        #expect(try bench.folder.text(Self.path) == "new")

        try bench.folder.link("/etc/10-a.conf", to: "/opt/end")
        for contents in [FileMove.Contents.file([]), .link("/opt/other")] {
            #expect(throws: CommitError.movedOn("/etc/10-a.conf")) {
                try bench.files.move(FileMove(path: "/etc/10-a.conf", contents: contents), to: aside)
            }
        }
        try bench.folder.makeFolder("/etc/20-b.conf")
        for contents in [FileMove.Contents.file([]), .link("/opt/other")] {
            #expect(throws: CommitError.self) {
                try bench.files.move(FileMove(path: "/etc/20-b.conf", contents: contents), to: aside)
            }
        }
        #expect(try bench.folder.names("/etc") == ["00-old.conflist", "10-a.conf", "20-b.conf"])
        #expect(kept == [])
    }

    @Test("what is gone needs no move")
    func gone() throws {
        #expect(try bench.files.move(move("old"), to: aside).method == nil)
        let link = FileMove(path: Self.path, contents: .link("/opt/end"))
        #expect(try bench.files.move(link, to: aside).method == nil)
        #expect(kept == [])
    }

    @Test("a file outside of what may be changed stays, by a link of a folder too")
    func outside() throws {
        try bench.folder.write("old", to: "/opt/00-old.conflist")
        try bench.folder.link("/etc/net.d", to: "/opt")
        for path: FilePath in ["/opt/00-old.conflist", "/etc/net.d/00-old.conflist", "/etc/../opt/00-old.conflist"] {
            #expect(throws: CommitError.self) {
                try bench.files.move(FileMove(path: path, contents: .file(Array("old".utf8))), to: aside)
            }
        }
        #expect(try bench.folder.text("/opt/00-old.conflist") == "old")
        #expect(kept == [])
    }

    @Test("a file that is replaced or written before its removal stays, and no copy is left", arguments: [true, false])
    func race(_ inPlace: Bool) throws {
        let folder = bench.folder
        try folder.write("old", to: Self.path)
        let files = files(after: .kept) {
            if inPlace {
                try folder.write("theirs", to: Self.path)
            } else {
                try folder.replace(Self.path, with: "theirs")
            }
        }
        #expect(throws: CommitError.movedOn(Self.path)) { try files.move(move("old"), to: aside) }
        #expect(try folder.text(Self.path) == "theirs")
        #expect(kept == [])
    }

    @Test("a link that is written anew in the last moment stays as well")
    func linkRace() throws {
        let folder = bench.folder
        try folder.link(Self.path, to: "/opt/end")
        let files = files(after: .exchanged) { try folder.link(Self.path, to: "/opt/new") }
        #expect(try files.move(FileMove(path: Self.path, contents: .link("/opt/end")), to: aside).method == .removed)
        #expect(try RootedOpen(root: folder.path).linkTarget(of: Self.path) == "/opt/new")
        #expect(try folder.names("/etc") == ["00-old.conflist"])
    }

    @Test("what takes the place of a link before it is removed stays, and no copy is left")
    func linkReplaced() throws {
        let folder = bench.folder
        try folder.link(Self.path, to: "/opt/end")
        let files = files(after: .kept) { try folder.replace(Self.path, with: "theirs") }
        #expect(throws: CommitError.movedOn(Self.path)) {
            try files.move(FileMove(path: Self.path, contents: .link("/opt/end")), to: aside)
        }
        #expect(try folder.names("/etc") == ["00-old.conflist"])
        #expect(try folder.text(Self.path) == "theirs")
        #expect(kept == [])
    }

    @Test("a crash in the middle leaves the link at its place or puts it back, and no half copy")
    func crash() throws {
        let name = AtomicFile.temporaryName(for: "00-old.conflist")
        try bench.folder.link(FilePath("/etc/\(name)"), to: "/opt/end")
        #expect(bench.files.sweep() == [])
        #expect(try RootedOpen(root: bench.folder.path).linkTarget(of: Self.path) == "/opt/end")
        // One that is there already stays.
        try bench.folder.link(FilePath("/etc/\(name)"), to: "/opt/other")
        #expect(bench.files.sweep() == [])
        #expect(try RootedOpen(root: bench.folder.path).linkTarget(of: Self.path) == "/opt/end")

        try bench.folder.makeFolder("/state")
        try bench.folder.makeFolder("/state/aside")
        try bench.folder.write("ha", to: "/state/aside/.copy.new")
        try bench.folder.write("old", to: "/state/aside/.00.conf.20261201T024320Z")
        StateFolder(bench.folder.path.appending("state")).sweep()
        #expect(kept == [".00.conf.20261201T024320Z"])
    }

    @Test("a name as long as may be is cut, and stays a name")
    func long() throws {
        for name in [String(repeating: "a", count: 255), String(repeating: "é", count: 127)] {
            let cut = AsideFolder.name(for: name, at: 1_796_093_000_000_000, 999)
            #expect(cut.utf8.count <= 255 && cut.hasSuffix(".20261201T024320Z.999"))
        }
    }
}
