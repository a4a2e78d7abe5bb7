import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeConfiguration

@Suite("Files of the configuration")
struct ConfigurationFilesTests {
    private let tree: ScratchTree

    init() throws { tree = try ScratchTree() }

    private var paths: [String] { get throws { try ConfigurationFiles.read(root: tree.path).map(\.path) } }

    private func problems() -> [String] {
        do throws(ConfigurationProblems) {
            _ = try ConfigurationFiles.read(root: tree.path)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("no file is no error")
    func none() throws { #expect(try paths == []) }

    @Test("the main file comes first, the drop-ins follow by name whatever their folder")
    func order() throws {
        for path in ["/etc/nucprep/nucprep.toml", "/etc/nucprep/conf.d/20-b.toml", "/run/nucprep/conf.d/10-a.toml"] {
            try tree.write("[fleet]\n", to: FilePath(path))
        }
        try tree.write("x", to: "/usr/lib/nucprep/conf.d/30-c.toml")
        try tree.write("x", to: "/etc/nucprep/conf.d/README")
        try tree.write("x", to: "/etc/nucprep/conf.d/.hidden.toml")
        #expect(
            try paths == [
                "/etc/nucprep/nucprep.toml", "/run/nucprep/conf.d/10-a.toml", "/etc/nucprep/conf.d/20-b.toml",
                "/usr/lib/nucprep/conf.d/30-c.toml",
            ])
    }

    @Test("a file hides its namesakes further down, and a link to /dev/null all of them")
    func shadows() throws {
        for folder in ["/etc", "/run", "/usr/lib"] {
            try tree.write(folder, to: FilePath("\(folder)/nucprep/nucprep.toml"))
            try tree.write(folder, to: FilePath("\(folder)/nucprep/conf.d/a.toml"))
        }
        #expect(try paths == ["/etc/nucprep/nucprep.toml", "/etc/nucprep/conf.d/a.toml"])
        tree.remove("/etc/nucprep")
        #expect(try paths == ["/run/nucprep/nucprep.toml", "/run/nucprep/conf.d/a.toml"])
        try tree.link("/etc/nucprep/conf.d/a.toml", to: "/dev/null")
        try tree.link("/etc/nucprep/nucprep.toml", to: "/dev/null")
        #expect(try paths == [])
    }

    @Test("what cannot be read is an error that names it")
    func unreadable() throws {
        try tree.makeFolder("/etc/nucprep/nucprep.toml")
        #expect(problems() == ["/etc/nucprep/nucprep.toml: cannot read it: it is a directory"])
    }

    @Test("a file of more than 256 KiB is refused, and a whole of more than 1 MiB")
    func sizes() throws {
        try tree.write([UInt8](repeating: 0x20, count: 262_145), to: "/etc/nucprep/nucprep.toml")
        #expect(problems() == ["/etc/nucprep/nucprep.toml: cannot read it: it has more than 262144 bytes"])
        tree.remove("/etc/nucprep/nucprep.toml")
        for number in 0..<5 {
            try tree.write([UInt8](repeating: 0x20, count: 250_000), to: FilePath("/etc/nucprep/conf.d/\(number).toml"))
        }
        #expect(problems() == ["/etc/nucprep: the files have more than 1048576 bytes"])
    }

    @Test("a root that is none is an error")
    func noRoot() {
        do throws(ConfigurationProblems) {
            _ = try ConfigurationFiles.read(root: tree.path.appending("none"))
            Issue.record("it was read")
        } catch {
            #expect(error.problems.count == 1)
        }
    }
}
