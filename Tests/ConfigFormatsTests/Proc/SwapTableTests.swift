internal import ConfigFormats
internal import Testing

@Suite("Swap table")
struct SwapTableTests {
    private static let header = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

    @Test("reads path, kind, sizes and priority of each row")
    func rows() throws {
        let table = try SwapTable(
            parsing: Self.header + "/dev/dm-2                               partition\t8151036\t2283436\t-2\n"
                + "/swapfile                               file\t\t1048576\t\t0\t\t100\n")
        let first = try #require(table.entries.first)
        #expect(first.path == "/dev/dm-2")
        #expect(first.kind == .partition)
        #expect(first.sizeKiB == 8_151_036)
        #expect(first.usedKiB == 2_283_436)
        #expect(first.priority == -2)
        #expect(!first.isDeleted)
        #expect(table.entries.last?.kind == .file)
        #expect(table.entries.last?.priority == 100)
    }

    @Test("decodes octal escapes, and the mark of a deleted file is no part of the path")
    func escapes() throws {
        let table = try SwapTable(
            parsing: Self.header + "/home/a\\134b\\011c\\012d file 1024 0 -3\n/my\\040swap\\040(deleted) file 1 0 -4\n")
        #expect(table.entries.map(\.path) == ["/home/a\\b\tc\nd", "/my swap"])
        #expect(table.entries.map(\.isDeleted) == [false, true])
    }

    @Test("has no entries when the kernel prints the header alone")
    func none() throws {
        #expect(try SwapTable(parsing: Self.header).entries.isEmpty)
    }

    @Test("splits a used size from the priority glued to it")
    func glued() throws {
        let entry = try #require(
            try SwapTable(parsing: Self.header + "/dev/sda8 partition\t16779260\t2023012-1\n").entries.first)
        #expect(entry.usedKiB == 2_023_012)
        #expect(entry.priority == -1)
    }

    struct Bad: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var text: String
        var line: Int
    }

    @Test(
        "names the line that is no area",
        arguments: [
            Bad(testDescription: "nothing at all", text: "", line: 1),
            Bad(testDescription: "no header", text: "/swapfile file 1 0 -2\n", line: 1),
            Bad(testDescription: "too few columns", text: "Filename\n/a file 1 0 -2\n/swapfile file 1\n", line: 3),
            Bad(testDescription: "another kind", text: "Filename\n/swapfile blob 1 0 -2\n", line: 2),
            Bad(testDescription: "a size that is none", text: "Filename\n/swapfile file x 0 -2\n", line: 2),
            Bad(testDescription: "a negative used size", text: "Filename\n/swapfile file 1 -1 -2\n", line: 2),
            Bad(
                testDescription: "a size beyond 64 bits", text: "Filename\n/s file 18446744073709551616 0 -2\n", line: 2
            ),
        ])
    func malformed(_ bad: Bad) {
        #expect { try SwapTable(parsing: bad.text) } throws: { ($0 as? ParseError)?.line == bad.line }
    }
}
