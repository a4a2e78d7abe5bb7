internal import FoundationEssentials

/// The corpus of real configuration files, which lies beside the checkout and not in it.
///
/// `NUCPREP_CORPUS` names the folder; without it, `../shared/corpus` beside the checkout is looked for.
enum Corpus {
    /// What is known about one file; each kind has its own fields.
    struct Expected: Decodable {
        var active: [Int]?
        var noauto: [Int]?
        var entries: Int?
        var modules: [String]?
    }

    /// The folder, if there is one.
    static let folder: String? = {
        let checkout = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let named = ProcessInfo.processInfo.environment["NUCPREP_CORPUS"]
        let folder = named ?? "/\(checkout)/../shared/corpus"
        return FileManager.default.fileExists(atPath: "\(folder)/expected.json") ? folder : nil
    }()

    static let absence = "no corpus: set NUCPREP_CORPUS to its folder"

    /// The files of a kind with what is known about them, by name.
    static func files(_ kind: String) throws -> [(name: String, bytes: [UInt8], expected: Expected)] {
        let all = try JSONDecoder().decode([String: Expected].self, from: Data(bytes("expected.json")))
        return try all.keys.filter { $0.hasPrefix(kind + "/") }.sorted().compactMap { name in
            guard let expected = all[name] else { return nil }
            return (name, try bytes(name), expected)
        }
    }

    private static func bytes(_ name: String) throws -> [UInt8] {
        guard let folder, let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
            throw CocoaError(.fileReadNoSuchFile)
        }
        return Array(data)
    }
}
