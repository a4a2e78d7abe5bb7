import Glibc
import SystemPackage
import Testing

@testable import Kmod

@Suite("Module context")
struct ModuleContextTests {
    @Test("a module with a file in the kernel's folder is found there")
    func loadable() throws {
        let folder = try ModulesFolder(loadable: "nucprep_loadable", builtIn: "nucprep_builtin")
        let context = try ModuleContext(folder: folder.path, configuration: [])
        #expect(
            try context.source(of: "nucprep_loadable") == .file(folder.path.appending("kernel/nucprep_loadable.ko")))
        #expect(
            try context.source(of: "nucprep-loadable") == .file(folder.path.appending("kernel/nucprep_loadable.ko")))
    }

    @Test("a built-in module is found without a file, and counts as present")
    func builtIn() throws {
        let folder = try ModulesFolder(loadable: "nucprep_loadable", builtIn: "nucprep_builtin")
        let context = try ModuleContext(folder: folder.path, configuration: [])
        #expect(try context.source(of: "nucprep_builtin") == .builtIn)
        #expect(try context.state(of: "nucprep_builtin") == .builtIn)
        #expect(try context.insert("nucprep_builtin") == .alreadyPresent)
    }

    @Test("a module whose file has gone has no source")
    func fileGone() throws {
        let folder = try ModulesFolder(loadable: "nucprep_loadable", builtIn: "nucprep_builtin", withFile: false)
        let context = try ModuleContext(folder: folder.path, configuration: [])
        #expect(try context.source(of: "nucprep_loadable") == nil)
    }

    @Test("a name that no kernel knows is absent, and is not inserted")
    func unknown() throws {
        let folder = try ModulesFolder(loadable: "nucprep_loadable", builtIn: "nucprep_builtin")
        let context = try ModuleContext(folder: folder.path, configuration: [])
        #expect(try context.state(of: "nucprep_nowhere") == .absent)
        #expect(try context.source(of: "nucprep_nowhere") == nil)
        #expect(try context.insert("nucprep_nowhere") == .noSuchModule)
    }

    @Test("without a folder the running kernel still answers, and the folder's absence is an error of its own")
    func noFolder() throws {
        let context = try ModuleContext(folder: "/nonexistent/modules", configuration: [])
        #expect(try context.state(of: "nucprep_nowhere") == .absent)
        #expect(throws: Errno.noSuchFileOrDirectory) { try context.source(of: "nucprep_nowhere") }
        #expect(throws: Errno.noSuchFileOrDirectory) { try context.insert("nucprep_nowhere") }
    }

    @Test("a blacklisted module is not inserted")
    func blacklisted() throws {
        let folder = try ModulesFolder(loadable: "nucprep_loadable", builtIn: "nucprep_builtin")
        let file = folder.path.appending("deny.conf")
        try folder.write(Array("blacklist nucprep_loadable\n".utf8), to: file)
        let context = try ModuleContext(folder: folder.path, configuration: [file])
        #expect(try context.insert("nucprep_loadable") == .blacklisted)
    }

    @Test("a command in place of a module is told and not run")
    func installCommand() throws {
        let folder = try ModulesFolder(loadable: "nucprep_loadable", builtIn: "nucprep_builtin")
        let file = folder.path.appending("deny.conf")
        let trace = folder.path.appending("was-run")
        try folder.write(Array("install nucprep_loadable /bin/touch \(trace)\n".utf8), to: file)
        let context = try ModuleContext(folder: folder.path, configuration: [file])
        #expect(try context.insert("nucprep_loadable") == .replaced(by: "/bin/touch \(trace)"))
        #expect(unsafe access(trace.string, F_OK) != 0)
    }

    @Test("what the kernel does not take is an error and no answer")
    func refused() throws {
        let folder = try ModulesFolder(loadable: "nucprep_loadable", builtIn: "nucprep_builtin")
        let context = try ModuleContext(folder: folder.path, configuration: [])
        #expect(throws: Errno.self) { try context.insert("nucprep_loadable") }
    }

    @Test("what is no module's name is refused", arguments: ["", "../kernel", "a/b", "a b", "a\u{0}b", "fs-*", "ä"])
    func names(_ name: String) throws {
        let context = try ModuleContext(folder: "/nonexistent/modules", configuration: [])
        #expect(throws: Errno.invalidArgument) { try context.state(of: name) }
        #expect(throws: Errno.invalidArgument) { try context.source(of: name) }
        #expect(throws: Errno.invalidArgument) { try context.insert(name) }
    }
}
