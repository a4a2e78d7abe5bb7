internal import ConfigFormats
internal import Testing

@Suite("Corpus of real files", .enabled(if: Corpus.folder != nil, Comment(rawValue: Corpus.absence)))
struct CorpusTests {
    @Test("every fstab is judged as libmount and glibc do, and edited in the swap lines alone")
    func fstab() throws {
        let files = try Corpus.files("fstab")
        var verdicts = 0
        var edits = 0
        for (name, bytes, expected) in files {
            let fstab = Fstab(bytes: bytes)
            let active = fstab.swapEntries.map(\.line)
            let noAuto = fstab.swapEntries.filter(\.isNoAuto).map(\.line)
            #expect(active == expected.active, "\(name)")
            #expect(noAuto == expected.noauto, "\(name)")
            if active == expected.active, noAuto == expected.noauto { verdicts += 1 }
            let isRight = isRightComment(fstab, bytes, active, name) && isRightNoAuto(fstab, bytes, active, name)
            if isRight { edits += 1 }
        }
        print("fstab         files \(files.count)  right verdicts \(verdicts)  right edits \(edits)")
        #expect(files.count > 0 && verdicts == files.count && edits == files.count)
    }

    /// Whether the comment edit leaves no swap and is undone by taking exactly its bytes out again.
    private func isRightComment(_ fstab: Fstab, _ bytes: [UInt8], _ active: [Int], _ name: String) -> Bool {
        let edited = fstab.commenting(lines: active)
        var lines = edited.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
        let marked = active.allSatisfy { lines[$0 - 1].first == 35 }
        for line in active where marked { lines[line - 1].removeFirst() }
        let isUndone = Array(lines.joined(separator: [10])) == bytes
        let isOff = Fstab(bytes: edited).swapEntries.isEmpty
        let isGrown = edited.count == bytes.count + active.count
        #expect(marked && isUndone && isOff && isGrown, "\(name)")
        return marked && isUndone && isOff && isGrown
    }

    /// Whether the other edit keeps the swap lines, all of them `noauto`, and every other line as it is.
    private func isRightNoAuto(_ fstab: Fstab, _ bytes: [UInt8], _ active: [Int], _ name: String) -> Bool {
        let edited = Fstab(bytes: fstab.addingNoAuto(lines: active))
        let before = bytes.split(separator: 10, omittingEmptySubsequences: false)
        let after = fstab.addingNoAuto(lines: active).split(separator: 10, omittingEmptySubsequences: false)
        let isKept =
            before.count == after.count
            && before.indices.allSatisfy { active.contains($0 + 1) || before[$0] == after[$0] }
        let isOff = edited.swapEntries.map(\.line) == active && edited.swapEntries.allSatisfy(\.isNoAuto)
        #expect(isKept && isOff, "\(name)")
        return isKept && isOff
    }

    @Test("every modules-load.d file names the modules that are known of it")
    func modulesLoad() throws {
        let files = try Corpus.files("modules-load")
        var right = 0
        for (name, bytes, expected) in files {
            let modules = ModulesLoadFile(parsing: String(decoding: bytes, as: UTF8.self)).entries.map(\.module)
            #expect(modules == expected.modules, "\(name)")
            if modules == expected.modules { right += 1 }
        }
        print("modules-load  files \(files.count)  right verdicts \(right)")
        #expect(files.count > 0 && right == files.count)
    }

    @Test("every /proc/swaps has as many areas as are known of it")
    func procSwaps() throws {
        let files = try Corpus.files("proc-swaps")
        var right = 0
        for (name, bytes, expected) in files {
            let table = try SwapTable(parsing: String(decoding: bytes, as: UTF8.self))
            #expect(table.entries.count == expected.entries, "\(name)")
            if table.entries.count == expected.entries { right += 1 }
        }
        print("proc-swaps    files \(files.count)  right verdicts \(right)")
        #expect(files.count > 0 && right == files.count)
    }
}
