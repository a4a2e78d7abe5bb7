internal import Glibc
internal import SystemPackage

/// The programs under test: those in the folder that `NUCPREP_PROGRAMS` names, or else as they were built together with
/// the tests.
enum Programs {
    static var nucprepd: FilePath { get throws { try path("nucprepd") } }
    static var nucprep: FilePath { get throws { try path("nucprep") } }

    /// A program that was not built.
    struct Missing: Error, CustomStringConvertible {
        var name: String
        var folders: [FilePath]
        var description: String {
            "cannot find the program \(name) in \(folders.map(\.string).joined(separator: " or ")); swift build makes it"
        }
    }

    private static func path(_ name: String, testFile: String = #filePath) throws -> FilePath {
        if let folder = unsafe getenv("NUCPREP_PROGRAMS") {
            let chosen = FilePath(unsafe String(cString: folder))
            let program = chosen.appending(name)
            guard unsafe access(program.string, X_OK) == 0 else { throw Missing(name: name, folders: [chosen]) }
            return program
        }
        // Beside the running test, or in the checkout's own folder of debug builds.
        let folders = [
            executable?.removingLastComponent(),
            (0..<4).reduce(FilePath(testFile)) { path, _ in path.removingLastComponent() }.appending(".build/debug"),
        ].compactMap(\.self)
        guard let found = folders.map({ $0.appending(name) }).first(where: { unsafe access($0.string, X_OK) == 0 })
        else {
            throw Missing(name: name, folders: folders)
        }
        return found
    }

    private static var executable: FilePath? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { return nil }
        return FilePath(String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
