internal import ConfigFormats
internal import FoundationEssentials
internal import Testing

/// What is known about the files that name hosts and set sysctls.
private struct Known: Decodable {
    var map: [String: [String]]?
    var badLines: [Int]?
    var hostname: String?
    var settings: [String: String]?

    private enum CodingKeys: String, CodingKey {
        case map, hostname, settings
        case badLines = "bad_lines"
    }

    static func all() throws -> [String: Known] {
        let data = FileManager.default.contents(atPath: "\(Corpus.folder ?? "")/expected.json") ?? Data()
        return try JSONDecoder().decode([String: Known].self, from: data)
    }
}

@Suite("Corpus of names and settings", .enabled(if: Corpus.folder != nil, Comment(rawValue: Corpus.absence)))
struct NamesCorpusTests {
    @Test("every hosts file is read as glibc does, and the block goes in and out of it with all other bytes kept")
    func hosts() throws {
        let known = try Known.all()
        let files = try Corpus.files("hosts")
        var verdicts = 0
        var edits = 0
        for (name, bytes, _) in files {
            let hosts = HostsFile(bytes: bytes)
            var map: [String: [String]] = [:]
            for entry in hosts.entries {
                for name in entry.names where map[name]?.contains(entry.written) != true {
                    map[name, default: []].append(entry.written)
                }
            }
            let isRight = map == known[name]?.map && hosts.malformed.map(\.line) == known[name]?.badLines
            #expect(isRight, "\(name): \(map) \(hosts.malformed)")
            if isRight { verdicts += 1 }
            let strangers = ["nuc01", "nuc02"]
            // Names that the file gives already decide where the block goes.
            let present = hosts.entries.last.map { Array($0.names.prefix(1)) } ?? []
            if try isRightEdit(hosts, strangers, name), try isRightEdit(hosts, strangers + present, name) { edits += 1 }
        }
        print("hosts         files \(files.count)  right verdicts \(verdicts)  right edits \(edits)")
        #expect(files.count > 0 && verdicts == files.count && edits == files.count)
    }

    /// Whether the block stands in the right place, once, with nothing else changed, and can be changed and taken out.
    private func isRightEdit(_ hosts: HostsFile, _ names: [String], _ file: String) throws -> Bool {
        let block = names.enumerated().map { HostsFile.BlockLine(address: "192.168.50.\($0 + 1)", names: [$1]) }
        let edited = try hosts.puttingBlock(block, note: ["by a test"])
        let after = HostsFile(bytes: edited)
        let isThere = zip(names, block).allSatisfy { name, line in
            after.entries(naming: name).first.map { $0.isOurs && $0.written == line.address } ?? false
        }
        let isStable = try after.puttingBlock(block, note: ["by a test"]) == edited
        let other = HostsFile(bytes: try after.puttingBlock(Array(block.prefix(1)), note: ["by a test", "again"]))
        let isKept = withoutBlock(after) == hosts.bytes && withoutBlock(other) == hosts.bytes
        let isEndKept = (edited.last == 10) == (hosts.bytes.last == 10 || hosts.bytes.isEmpty)
        #expect(isThere && isStable && isKept && isEndKept, "\(file) \(names)")
        return isThere && isStable && isKept && isEndKept
    }

    private func withoutBlock(_ hosts: HostsFile) -> [UInt8]? {
        guard case .lines(let range) = hosts.block else { return nil }
        var lines = hosts.bytes.split(separator: 10, omittingEmptySubsequences: false)
        lines.removeSubrange(range.lowerBound - 1...range.upperBound - 1)
        return Array(lines.joined(separator: [10]))
    }

    @Test("every hostname file names the host that is known of it")
    func hostname() throws {
        let known = try Known.all()
        let files = try Corpus.files("hostname")
        var right = 0
        for (name, bytes, _) in files {
            let file = HostnameFile(parsing: String(decoding: bytes, as: UTF8.self))
            #expect(file.name == known[name]?.hostname, "\(name)")
            if file.name == known[name]?.hostname { right += 1 }
        }
        print("hostname      files \(files.count)  right verdicts \(right)")
        #expect(files.count > 0 && right == files.count)
    }

    @Test("every sysctl.d file makes the settings that are known of it")
    func sysctl() throws {
        let known = try Known.all()
        let files = try Corpus.files("sysctl")
        var right = 0
        for (name, bytes, _) in files {
            var settings: [String: String] = [:]
            for entry in SysctlFile(parsing: String(decoding: bytes, as: UTF8.self)).entries {
                settings[entry.key] = entry.value
            }
            #expect(settings == known[name]?.settings, "\(name)")
            if settings == known[name]?.settings { right += 1 }
        }
        print("sysctl        files \(files.count)  right verdicts \(right)")
        #expect(files.count > 0 && right == files.count)
    }
}
