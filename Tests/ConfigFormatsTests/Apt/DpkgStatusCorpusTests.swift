internal import FoundationEssentials
internal import Testing

@testable import ConfigFormats

@Suite("Corpus of dpkg's status files", .enabled(if: Corpus.folder != nil, Comment(rawValue: Corpus.absence)))
struct DpkgStatusCorpusTests {
    @Test("every status file has the packages installed and held that are known of it")
    func held() throws {
        let files = try rows()
        var right = 0
        for (name, bytes, expected) in files {
            let names = Set(packages(of: bytes))
            let status = try DpkgStatus(parsing: bytes, keeping: names)
            let held = status.entries.filter { $0.want == .hold && $0.state == .installed }.map(\.name)
            #expect(held == expected, "\(name)")
            #expect(status.entries.map(\.name) == packages(of: bytes) && status.troubled.isEmpty, "\(name)")
            if held == expected { right += 1 }
        }
        print("dpkg-status   files \(files.count)  right verdicts \(right)")
        #expect(files.count == 3 && right == files.count)
    }

    /// The rows of the index whose file is a status file: name, bytes, the packages that are installed and held.
    private func rows() throws -> [(name: String, bytes: [UInt8], held: [String])] {
        let folder = try #require(Corpus.folder)
        let index = try #require(FileManager.default.contents(atPath: "\(folder)/INDEX.tsv"))
        return try String(decoding: index, as: UTF8.self).split(separator: "\n").compactMap { row in
            let fields = row.split(separator: "\t", omittingEmptySubsequences: false)
            guard let name = fields.first, name.hasSuffix(".status") else { return nil }
            let expected = try #require(fields.last).split(separator: ":", maxSplits: 1)
            try #require(expected.first == "installed+held")
            let held = expected.dropFirst().flatMap { $0.split { $0 == "," || $0 == " " } }.map(String.init)
            let bytes = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
            return (String(name), Array(bytes), held)
        }
    }

    /// The names at the beginning of a line, as any reader of the file would find them.
    private func packages(of bytes: [UInt8]) -> [String] {
        bytes.split(separator: 10).filter { $0.starts(with: "Package: ".utf8) }
            .map { String(decoding: $0.dropFirst(9).filter { $0 != 13 }, as: UTF8.self) }
    }
}
