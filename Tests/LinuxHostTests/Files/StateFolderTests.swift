import NodeTesting
import SystemPackage
import Testing

@testable import LinuxHost

@Suite("State folder")
struct StateFolderTests {
    private let tree: ScratchTree
    private let folder: StateFolder

    init() throws {
        tree = try ScratchTree()
        folder = StateFolder(tree.path.appending("var").appending("lib").appending("nucprep"))
    }

    @Test("it is made when something is first written, and what is written is read")
    func roundTrip() throws {
        #expect(folder.read("boot") == nil)
        #expect(folder.names(in: ".") == [])
        #expect(folder.write([1, 2, 3], to: "boot"))
        #expect(folder.read("boot") == [1, 2, 3])
        #expect(folder.write([4], to: "boot"))
        #expect(folder.read("boot") == [4])
        #expect(folder.names(in: ".") == ["boot"], "nothing is left beside it")
    }

    @Test("files lie in folders of their own too, and can be removed")
    func nested() {
        #expect(folder.write([1], to: "last-good/a/b.toml"))
        #expect(folder.names(in: "last-good") == ["a"])
        folder.remove("last-good/a/b.toml")
        folder.remove("last-good/a/b.toml")
        #expect(folder.read("last-good/a/b.toml") == nil)
    }

    @Test("nobody else may read it")
    func privacy() throws {
        folder.write([1], to: "boot")
        let path = tree.path.appending("var").appending("lib").appending("nucprep")
        for place in [path, path.appending("boot")] {
            let file = Descriptor(try FileDescriptor.open(place, .readOnly))
            #expect(try file.status().permissions & 0o077 == 0)
        }
    }

    @Test("a file that is too large or in the way is as good as absent, and a failed write says so")
    func unreadable() throws {
        try tree.write([UInt8](repeating: 0, count: 1 << 20 + 1), to: "/var/lib/nucprep/large")
        #expect(folder.read("large") == nil)
        try tree.makeFolder("/var/lib/nucprep/boot/x")
        #expect(folder.read("boot") == nil)
        #expect(!folder.write([1], to: "boot"))
        try tree.write("a file", to: "/var/lib/nucprep/file")
        #expect(!folder.write([1], to: "file/boot"))
    }

    @Test("a link in the place of the new file is not followed")
    func link() throws {
        try tree.write("precious", to: "/precious")
        try tree.makeFolder("/var/lib/nucprep")
        try tree.link("/var/lib/nucprep/.boot.new", to: tree.real("/precious"))
        #expect(folder.write([1], to: "boot"))
        #expect(try tree.text("/precious") == "precious")
        #expect(folder.names(in: ".") == ["boot"])
    }
}
