internal import Glibc
package import SystemPackage

/// Files that say what a text ought to be; `RECORD=1` in the environment writes them anew.
package enum Golden {
    /// The outcome of a comparison.
    package enum Outcome: Equatable, Sendable {
        /// The file says the same.
        case same
        /// The file says something else; its text, or `nil` when it is absent.
        case different(recorded: String?)
    }

    /// Whether this run writes the files.
    package static var isRecording: Bool { unsafe getenv("RECORD").map { unsafe String(cString: $0) } == "1" }

    /// Compares `text` with the file at `path`, or writes it there.
    ///
    /// - Throws: when the file cannot be read or written.
    package static func compare(_ text: String, with path: FilePath) throws -> Outcome {
        if isRecording {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead, .otherRead])
            _ = try file.closeAfter { try file.writeAll(text.utf8) }
        }
        let recorded = try read(path)
        return recorded == text ? .same : .different(recorded: recorded)
    }

    private static func read(_ path: FilePath) throws -> String? {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(path, .readOnly)
        } catch Errno.noSuchFileOrDirectory {
            return nil
        }
        return try file.closeAfter {
            var bytes: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 65_536)
            var count = 1
            while count > 0 {
                count = try unsafe piece.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
                bytes += piece[..<count]
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
