internal import ConfigFormats
internal import FoundationEssentials
internal import Glibc

/// A real containerd, as the judge of what is said of its files.
///
/// `NUCPREP_CONTAINERD` names programs, separated by colons; without it, an installed one is taken.
struct ContainerdProgram: CustomStringConvertible {
    let path: String
    let release: ContainerdRelease
    let description: String

    static let absence = "no containerd: install it, or set NUCPREP_CONTAINERD to programs"

    /// The programs that are here and say their version.
    static let all: [ContainerdProgram] = {
        let named = ProcessInfo.processInfo.environment["NUCPREP_CONTAINERD"] ?? "/usr/bin/containerd"
        return named.split(separator: ":").compactMap { ContainerdProgram(path: String($0)) }
    }()

    init?(path: String) {
        guard unsafe access(path, X_OK) == 0, let output = try? Self.output("'\(path)' --version") else { return nil }
        // containerd github.com/containerd/containerd/v2 2.1.9 …
        guard let version = output.text.split(separator: " ").dropFirst(2).first,
            let release = ContainerdRelease(String(version))
        else { return nil }
        self.path = path
        self.release = release
        description = "containerd \(version)"
    }

    /// What it makes of a file, in the program's own version; `nil` when it refuses.
    func dump(_ file: String) throws -> TOMLText? {
        let output = try Self.output("'\(path)' --config '\(file)' config dump 2>/dev/null")
        return output.isOK ? try TOMLText(parsing: output.text) : nil
    }

    private static func output(_ command: String) throws -> (text: String, isOK: Bool) {
        guard let stream = unsafe popen(command, "r") else { throw CocoaError(.fileReadUnknown) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = unsafe fread(&piece, 1, piece.count, stream), count > 0 { bytes += piece[..<count] }
        let status = unsafe pclose(stream)
        return (String(decoding: bytes, as: UTF8.self), status == 0)
    }
}

/// A folder that is gone after the test.
final class ContainerdFolder {
    let path = FileManager.default.temporaryDirectory.path() + "containerd-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: "\(path)/d", withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, and gives its path.
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }
}
