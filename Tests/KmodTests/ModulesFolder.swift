import Glibc
import SystemPackage

/// A folder of modules for a kernel that never ran; gone with this value.
final class ModulesFolder {
    let path: FilePath
    private var made: [FilePath] = []

    /// `loadable` gets a file and a line in `modules.dep`, `builtIn` a line in `modules.builtin`.
    init(loadable: String, builtIn: String, withFile: Bool = true) throws {
        path = FilePath("/tmp/nucprep-modules-\(UInt64.random(in: 0 ... .max))")
        let file = "kernel/\(loadable).ko"
        let indexes: [(String, (key: String, value: String)?)] = [
            ("modules.dep.bin", (loadable, "\(file):")), ("modules.alias.bin", nil), ("modules.symbols.bin", nil),
            ("modules.builtin.alias.bin", nil), ("modules.builtin.bin", (builtIn, "")),
        ]
        try makeFolder(path)
        try makeFolder(path.appending("kernel"))
        for (name, entry) in indexes { try write(ModuleIndex.bytes(entry), to: path.appending(name)) }
        if withFile { try write(Array("not really a module".utf8), to: path.pushing(FilePath(file))) }
    }

    func write(_ bytes: [UInt8], to path: FilePath) throws {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .exclusiveCreate], permissions: [.ownerReadWrite])
        made.append(path)
        try file.closeAfter { _ = try file.writeAll(bytes) }
    }

    private func makeFolder(_ path: FilePath) throws {
        guard unsafe mkdir(path.string, 0o755) == 0 else { throw Errno(rawValue: errno) }
        made.append(path)
    }

    deinit {
        for path in made.reversed() { _ = unsafe remove(path.string) }
    }
}
