internal import LinuxHost
internal import NodeEngine
internal import NodeState
internal import SystemPackage
internal import Systemd
internal import Testing

@testable internal import NucprepDaemon

@Suite("Journal entries")
struct JournalEntryTests {
    /// One occurrence of every sort, and every entry that is made of none.
    private static let entries: [JournalEntry] =
        [
            .drift(
                "swap-off", .now, expected: "no swap", actual: "/swap.img", detectedBy: .event, latencyMicroseconds: 4),
            .drift(
                "swap-off", .nextBoot, expected: "no swap", actual: "/swap.img", detectedBy: .backstop,
                latencyMicroseconds: nil),
            .predictionFailed("swap-off", actual: "/swap.img"), .missed("swap-off"), .contested("swap-off"),
            .waiting("package-versions", .updatePackageLists, cause: "process 7 (apt) holds dpkg's lock"),
            .stopped(.kubeadm(KubeadmProcess(pid: 4711, startedAt: 1))),
            .stopped(.unknown(ObservationError(reading: "/proc", cause: "no"))), .stopped(nil),
            .calm("swap-off"), .lifecycle(from: .fresh, to: .joined), .lifecycle(from: nil, to: nil),
            .unreadable("swap-off", .now, ObservationError(reading: "/proc/swaps", cause: "it is broken")),
        ].map(JournalEntry.init)
        + changes.flatMap { change in
            [
                JournalEntry(.fixed("swap-off", change, durationMicroseconds: 43_010)),
                JournalEntry(.fixFailed("swap-off", change, cause: "no")),
            ]
        } + [
            .started(version: "0.1.0", mode: .enforce), .configLoaded(mode: .observe), .configRejected("f:1:2: no"),
            .watchLost("files", cause: "cannot watch files: no"), .lateWrite("late", object: "/etc/fstab", backup: "a"),
            .lateWrite("late", object: "/etc/fstab", backup: nil),
        ]

    private static let changes: [Change] = [
        .disableSwap(SwapArea(path: "/swap.img", kind: "file", sizeKiB: 9, usedKiB: 1, isDeleted: false)),
        .editFstab(Samples.edit), .writeFile(Samples.edit), .maskUnit("a.swap"), .loadModule("overlay"), .reloadSystemd,
    ]

    /// The names of the fields that every entry of a kind carries.
    private static func always(_ kind: JournalEntry.Kind) -> Set<String> {
        let all = entries.filter { $0.kind == kind }.map { Set($0.journalFields.map(\.name)) }
        return all.dropFirst().reduce(all.first ?? []) { $0.intersection($1) }
    }

    /// The catalogue: the fields that the text of each id uses.
    private static func catalogue() throws -> [String: Set<String>] {
        let checkout = (0..<3).reduce(FilePath(#filePath)) { path, _ in path.removingLastComponent() }
        let folder = StateFolder(checkout.appending("systemd"))
        let text = String(decoding: try #require(folder.read("nucprep.catalog")), as: UTF8.self)
        var found: [String: Set<String>] = [:]
        var id = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("-- ") {
                id = String(line.dropFirst(3))
                #expect(found[id] == nil, "\(id) stands twice")
                found[id] = []
            } else {
                let words = line.split(separator: "@", omittingEmptySubsequences: false)
                for (index, word) in words.enumerated() where index % 2 == 1 { found[id]?.insert(String(word)) }
            }
        }
        return found
    }

    @Test("every kind is made somewhere, and has its text in the catalogue; the catalogue has no other")
    func ids() throws {
        let kinds = Set(JournalEntry.Kind.allCases.map(\.rawValue))
        #expect(Set(Self.entries.map(\.kind.rawValue)) == kinds)
        #expect(Set(try Self.catalogue().keys) == kinds)
    }

    @Test("a text uses only fields that its kind always sends", arguments: JournalEntry.Kind.allCases)
    func fields(_ kind: JournalEntry.Kind) throws {
        let used = try #require(try Self.catalogue()[kind.rawValue])
        let missing = used.subtracting(Self.always(kind))
        #expect(missing.isEmpty, "\(kind.word)")
    }

    @Test("all entries of a kind have the same fields", arguments: JournalEntry.Kind.allCases)
    func same(_ kind: JournalEntry.Kind) {
        for entry in Self.entries where entry.kind == kind {
            #expect(Set(entry.journalFields.map(\.name)) == Self.always(kind))
        }
    }

    @Test("ids are 32 digits, words snake_case, and both are unique")
    func names() {
        let kinds = JournalEntry.Kind.allCases
        #expect(kinds.allSatisfy { $0.rawValue.count == 32 && $0.rawValue.allSatisfy(\.isHexDigit) })
        #expect(Set(kinds.map(\.word)).count == kinds.count)
        #expect(kinds.allSatisfy { $0.word.allSatisfy { $0 == "_" || $0.isLowercase } })
    }

    @Test("an entry is one line that stands alone, and no field is empty")
    func text() {
        for entry in Self.entries {
            #expect(!entry.message.isEmpty)
            #expect(!entry.message.contains("\n"))
            for field in entry.journalFields { #expect(!field.value.isEmpty, "\(entry.kind.word) \(field.name)") }
            #expect(entry.journalFields.count == 5 + entry.fields.count)
        }
    }

    @Test("a drift says what it was, when, and how it was found")
    func drift() throws {
        let entry = try #require(Self.entries.first)
        let fields = Dictionary(uniqueKeysWithValues: entry.fields.map { ($0.name, $0.value) })
        #expect(fields["REQUIREMENT"] == "swap-off")
        #expect(fields["HORIZON"] == "now")
        #expect(fields["DETECTED_BY"] == "event")
        #expect(fields["LATENCY_US"] == "4")
        #expect(entry.message == "swap-off: /swap.img")
        #expect(entry.kind.priority == 4)
    }

    @Test("text from the host is cut before it is sent")
    func long() {
        let long = String(repeating: "x", count: 10_000)
        let entry = JournalEntry(.unreadable("swap-off", .now, ObservationError(reading: long, cause: long)))
        for field in entry.journalFields { #expect(field.value.count <= JournalField.longestValue) }
    }

    @Test("carries nothing that acts on a terminal in any field")
    func visible() {
        let entry = JournalEntry(
            .drift(
                "swap-off", .now, expected: "a\u{202E}", actual: "/swap\u{1B}[2J\n교환", detectedBy: .event,
                latencyMicroseconds: nil))
        let values = entry.journalFields.map { String(decoding: $0.value, as: UTF8.self) }.joined()
        for scalar in ["\u{1B}", "\u{202E}", "\n"] { #expect(!values.contains(scalar)) }
        #expect(values.contains("교환") && values.contains("u{1b}[2J"))
    }
}
