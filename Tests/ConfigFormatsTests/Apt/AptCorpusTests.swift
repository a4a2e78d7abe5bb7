internal import ConfigFormats
internal import FoundationEssentials
internal import Testing

/// The apt files of the corpus; what is known of them stands in its index alone.
@Suite("Corpus of apt's files", .enabled(if: Corpus.folder != nil, Comment(rawValue: Corpus.absence)))
struct AptCorpusTests {
    private struct Row {
        var name: String
        var expected: String
        var bytes: [UInt8]

        var lines: [String] { String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init) }
    }

    private func rows() throws -> [Row] {
        let folder = try #require(Corpus.folder)
        let index = try #require(FileManager.default.contents(atPath: "\(folder)/INDEX.tsv"))
        return try String(decoding: index, as: UTF8.self).split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard cells.count == 5, cells[1] == "apt" else { return nil }
            let bytes = try #require(FileManager.default.contents(atPath: "\(folder)/\(cells[0])"), "\(cells[0])")
            return Row(name: String(cells[0]), expected: String(cells[4]), bytes: Array(bytes))
        }
    }

    @Test("every file of sources and preferences is read as its row says, and edited in its entries alone")
    func apt() throws {
        let rows = try rows()
        var verdicts = 0
        var edited = 0
        var edits = 0
        var unread: [String] = []
        for row in rows {
            let isRight: Bool
            if row.name.hasSuffix(".list") {
                isRight = isRead(oneLine: row)
                edited += 1
                if isEdited(row, .oneLine, taking: "# ") { edits += 1 }
            } else if row.name.hasSuffix(".sources") {
                isRight = isRead(stanzas: row)
                edited += 1
                if isEdited(row, .stanzas, taking: "Enabled: no\n") { edits += 1 }
            } else if row.name.hasSuffix(".pref") {
                isRight = isRead(pins: row)
            } else {
                unread.append(row.name)
                continue
            }
            #expect(isRight, "\(row.name)")
            if isRight { verdicts += 1 }
        }
        let read = rows.count - unread.count
        print("apt           files \(read)  right verdicts \(verdicts)  right edits \(edits) of \(edited)")
        print(
            "              preferences are never edited: \(read - edited); dpkg's status, read elsewhere: \(unread.count)"
        )
        #expect(rows.count > 0 && verdicts == read && edits == edited)
    }

    /// The row counts the entries and names those of Kubernetes, some of them.
    private func isRead(oneLine row: Row) -> Bool {
        let sources = AptSources(row.bytes, style: .oneLine)
        let lines = String(decoding: row.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let named = sources.entries.map { String(lines[$0.line - 1]) }.filter {
            $0.contains("pkgs.k8s.io") || $0.contains("apt.kubernetes.io")
        }
        let text = (["active one-line entries: \(sources.entries.count)"] + named).joined(separator: " / ")
        let isWhole = named.isEmpty == !row.expected.contains(" / deb ")
        return sources.malformed.isEmpty && text.hasPrefix(row.expected) && isWhole
    }

    /// The row says what three fields of each stanza hold, of the first two stanzas.
    private func isRead(stanzas row: Row) -> Bool {
        let sources = AptSources(row.bytes, style: .stanzas)
        let file = Deb822(row.bytes)
        var parts = ["deb822 stanzas: \(sources.entries.count)"]
        for stanza in file {
            for name in ["URIs", "Suites", "Components"] where file.field(name, of: stanza) != nil {
                parts.append("\(name): \(file.words(name, of: stanza).joined(separator: " "))")
            }
        }
        let text = parts.joined(separator: " / ")
        let isSame = zip(sources.entries, file).allSatisfy { entry, stanza in
            entry.suites == file.words("Suites", of: stanza) && entry.addresses == file.words("URIs", of: stanza)
        }
        return sources.malformed.isEmpty && isSame && text.hasPrefix(row.expected)
    }

    private func isRead(pins row: Row) -> Bool {
        let preferences = AptPreferences(row.bytes)
        let text = preferences.pins.map { pin in
            let subject =
                switch pin.subject {
                case .version(let text): "version \(text)"
                case .release(let text): "release \(text)"
                case .origin(let text): "origin \(text)"
                }
            return "Package: \(pin.packages.joined(separator: " ")) / Pin: \(subject) / Pin-Priority: \(pin.priority)"
        }
        return preferences.malformed.isEmpty && text.joined(separator: " / ") == row.expected
    }

    /// Whether the edit leaves no entry and is undone by taking exactly its bytes out again, entry by entry as well.
    private func isEdited(_ row: Row, _ style: AptSources.Style, taking inserted: String) -> Bool {
        let sources = AptSources(row.bytes, style: style)
        let numbers = sources.entries.map(\.line)
        let all = AptSources(sources.disabling(lines: numbers), style: style)
        guard all.entries.isEmpty, all.malformed.isEmpty else { return false }
        return numbers.allSatisfy { number in
            let edited = sources.disabling(lines: [number])
            let place = row.bytes.split(separator: 10, omittingEmptySubsequences: false).prefix(number - 1)
                .reduce(0) { $0 + $1.count + 1 }
            var undone = edited
            guard undone[place...].starts(with: inserted.utf8) else { return false }
            undone.removeSubrange(place..<(place + inserted.utf8.count))
            return undone == row.bytes && AptSources(edited, style: style).entries.count == numbers.count - 1
        }
    }
}
