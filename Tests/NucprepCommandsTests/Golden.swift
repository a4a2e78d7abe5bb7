import Glibc
import SystemPackage
import Testing

/// Texts that are kept beside the tests: `RECORD=1` writes them anew, and a person reads the difference.
enum Golden {
    /// The text called `name` must be the one that is kept.
    static func expect(_ text: String, is name: String, at location: SourceLocation = #_sourceLocation) throws {
        let folder = FilePath(#filePath).removingLastComponent().appending("Golden")
        let path = folder.appending("\(name).txt")
        if unsafe getenv("RECORD") != nil {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            _ = try file.closeAfter { try file.writeAll(text.utf8) }
            return
        }
        #expect(text == (try read(path)), "\(path) differs; RECORD=1 writes it anew", sourceLocation: location)
    }

    private static func read(_ path: FilePath) throws -> String {
        let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        return try file.closeAfter {
            var bytes = [UInt8](repeating: 0, count: 256 * 1024)
            let count = try unsafe bytes.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
            return String(decoding: bytes.prefix(count), as: UTF8.self)
        }
    }

    /// No line but a command may be wider than `width`, and all is ASCII.
    static func expectWidth(_ width: Int, of text: String, at location: SourceLocation = #_sourceLocation) {
        for line in text.split(separator: "\n") {
            let words = line.drop { $0 == " " }
            let isCommand = [
                "by hand ", "nucprep preflight ", "fix ", "sudo ", "ssh -t ", "curl ", "kubectl ",
                "--ignore-preflight-errors=",
                "FileAvailable--",
            ].contains { words.hasPrefix($0) }
            #expect(line.utf8.count <= width || isCommand, "wider than \(width): \(line)", sourceLocation: location)
            #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) }, sourceLocation: location)
            #expect(line.last != " ", "ends with a space: \(line)", sourceLocation: location)
        }
        #expect(text.hasSuffix("\n"), sourceLocation: location)
    }
}
