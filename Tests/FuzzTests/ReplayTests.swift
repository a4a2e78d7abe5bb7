internal import FuzzTargets
internal import Glibc
internal import Testing

/// Runs every fuzz target over its committed corpus; `make fuzz` makes up more.
@Suite("Corpus of the fuzz targets")
struct ReplayTests {
    private static let folder = #filePath.split(separator: "/").dropLast(2).map { "/\($0)" }.joined() + "/Fuzz/corpus"

    private struct Unreadable: Error {
        var path: String
    }

    private static func names(in folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { _ = unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: unsafe Array(bytes).prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        guard let file = unsafe fopen(path, "r") else { throw Unreadable(path: path) }
        defer { _ = unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }

    @Test("what must hold holds for every file of the corpus", arguments: FuzzTarget.all.map(\.name))
    func replay(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let names = Self.names(in: "\(Self.folder)/\(name)")
        #expect(names.count >= 3, "a target without a corpus")
        for file in names {
            let bytes = try Self.bytes(of: "\(Self.folder)/\(name)/\(file)")
            // Whole, cut off in the middle, and twice: what a writer may leave behind.
            for input in [bytes, Array(bytes.prefix(bytes.count / 2)), bytes + bytes] {
                do {
                    try target.run(input)
                } catch {
                    Issue.record("\(name)/\(file): \(error)")
                }
            }
        }
    }

    @Test("no folder of the corpus is without a target")
    func folders() { #expect(Self.names(in: Self.folder) == FuzzTarget.all.map(\.name).sorted()) }
}
