internal import ConfigFormats
internal import Testing

@Suite("fstab")
struct FstabTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var text: String
        var swap: [Int]
    }

    @Test(
        "takes as swap what libmount or glibc takes as swap",
        arguments: [
            Case(testDescription: "a plain line", text: "/swap.img none swap sw 0 0\n", swap: [1]),
            Case(testDescription: "tabs and leading blanks", text: "\t /swap.img\tnone\t\tswap\n", swap: [1]),
            Case(testDescription: "three fields without a line feed", text: "/swap.img none swap", swap: [1]),
            Case(
                testDescription: "a carriage return after the type, which libmount drops", text: "/s none swap\r\n",
                swap: [1]),
            Case(
                testDescription: "an escaped type, which libmount decodes", text: "/s none sw\\141p sw 0 0\n", swap: [1]
            ),
            Case(
                testDescription: "numbers that libmount refuses and glibc ignores", text: "/s none swap sw # mine\n",
                swap: [1]),
            Case(testDescription: "a type that only begins so", text: "/s none swapfs sw 0 0\n", swap: []),
            Case(testDescription: "a type in capitals", text: "/s none SWAP sw 0 0\n", swap: []),
            Case(testDescription: "a mount that is called swap", text: "/dev/swap /mnt/swap ext4 swap 0 0\n", swap: []),
            Case(testDescription: "comments", text: "# /s none swap\n  #/s none swap\n", swap: []),
            Case(testDescription: "noauto", text: "/s none swap noauto\n", swap: [1]),
            Case(
                testDescription: "second and fourth line", text: "\n/s none swap\n#\n/t none swap sw\n", swap: [2, 4]),
            Case(testDescription: "a NUL after the type", text: "/s none swap\u{0}sw 0 0\n", swap: [1]),
            Case(testDescription: "empty", text: "", swap: []),
        ])
    func swap(_ example: Case) {
        #expect(Fstab(bytes: Array(example.text.utf8)).swapEntries.map(\.line) == example.swap)
    }

    @Test("cuts a line where glibc's buffer ends")
    func longLine() {
        let path = String(repeating: "x", count: 4095 - " none swap".utf8.count)
        #expect(Fstab(bytes: Array("\(path) none swapfile\n".utf8)).swapEntries.count == 1)
        #expect(Fstab(bytes: Array("x\(path) none swapfile\n".utf8)).swapEntries.isEmpty)
    }

    @Test("decodes the fields and splits the options")
    func fields() throws {
        let entry = try #require(Fstab(bytes: Array("/my\\040swap none swap sw,pri=5,nofail 0 0".utf8)).entries.first)
        #expect(entry.spec == "/my swap")
        #expect(entry.file == "none")
        #expect(entry.type == "swap")
        #expect(entry.options == ["sw", "pri=5", "nofail"])
    }

    @Test(
        "obeys the last of auto and noauto",
        arguments: [
            ("noauto", true), ("noauto,auto", false), ("auto,noauto", true), ("sw,x-noauto", false),
            ("noautomount", false),
        ])
    func noAuto(_ options: String, _ expected: Bool) throws {
        let entry = try #require(Fstab(bytes: Array("/s none swap \(options) 0 0".utf8)).entries.first)
        #expect(entry.isNoAuto == expected)
    }

    @Test("lists what libmount refuses, with the line and the reason")
    func malformed() {
        let fstab = Fstab(
            bytes: Array("bug\n\n/a /b ext4 defaults x 0\n/a /b ext4 defaults 0 1a\n\r\n/a /b ext4 d -1 +2\n".utf8))
        #expect(fstab.malformed.map(\.line) == [1, 3, 4])
        #expect(fstab.malformed.first?.description == "line 1: expected at least three fields, found 1")
        #expect(fstab.entries.map(\.line) == [3, 4, 6])
    }

    @Test("comments out exactly the lines asked for")
    func commenting() {
        let text = "# top\r\n  /s none swap sw\r\n/dev/sda1 / ext4\n/t none swap"
        let fstab = Fstab(bytes: Array(text.utf8))
        #expect(
            fstab.commenting(lines: [2, 4])
                == Array("# top\r\n#  /s none swap sw\r\n/dev/sda1 / ext4\n#/t none swap".utf8))
        #expect(fstab.commenting(lines: []) == Array(text.utf8))
        #expect(fstab.commenting(lines: [0, 1, 99, -4]) == Array(text.utf8))
    }

    @Test("keeps bytes that are not UTF-8")
    func foreignBytes() {
        let bytes = Array("# caf".utf8) + [0xE9, 10, 0xFF] + Array(" none swap sw".utf8)
        let edited = Fstab(bytes: bytes).commenting(lines: [2])
        #expect(edited == Array("# caf".utf8) + [0xE9, 10, 35, 0xFF] + Array(" none swap sw".utf8))
    }

    @Test(
        "adds noauto where it belongs",
        arguments: [
            ("/s none swap sw 0 0", "/s none swap sw,noauto 0 0"),
            ("/s\tnone\tswap\tdefaults\t0\t0\r\n", "/s\tnone\tswap\tdefaults,noauto\t0\t0\r\n"),
            ("/s none swap", "/s none swap noauto"),
            ("/s none swap \t\n", "/s none swap noauto \t\n"),
            ("/s none swap sw\r\n", "/s none swap sw,noauto\r\n"),
            ("/s none swap\r\n", "/s none swap noauto\r\n"),
            ("/s none swap sw, 0 0", "/s none swap sw,noauto 0 0"),
            ("/s none swap noauto,pri=1 0 0", "/s none swap noauto,pri=1 0 0"),
            ("/s none swap noauto,auto 0 0", "/s none swap noauto,auto,noauto 0 0"),
            ("/s none swap s\u{0}w 0 0", "/s none swap s,noauto\u{0}w 0 0"),
        ])
    func addingNoAuto(_ before: String, _ after: String) {
        #expect(Fstab(bytes: Array(before.utf8)).addingNoAuto(lines: [1]) == Array(after.utf8))
    }

    @Test("is idempotent in both edits")
    func idempotent() {
        let fstab = Fstab(bytes: Array("/s none swap sw 0 0\n".utf8))
        let commented = fstab.commenting(lines: [1])
        #expect(Fstab(bytes: commented).commenting(lines: [1]) == commented)
        let noAuto = fstab.addingNoAuto(lines: [1])
        #expect(Fstab(bytes: noAuto).addingNoAuto(lines: [1]) == noAuto)
    }
}
