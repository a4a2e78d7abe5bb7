import Testing

@testable import ConfigFormats

@Suite("Commands of cloud-init and udev")
struct CloudCommandsTests {
    @Test(
        "each form of a list gives the words of its commands",
        arguments: [
            ("", nil), ("runcmd:\n- a\n", nil), ("# bootcmd:\n", nil), ("x: bootcmd\n", nil),
            ("bootcmd:\n", []),
            ("bootcmd:\n- a b\n- c\n", ["a b", "c"]),
            ("bootcmd:\n  - a b   \n\n  # note\n  - 'c d'\nruncmd:\n  - e\n", ["a b", "c d"]),
            ("\"bootcmd\":\n  - [ a, \"b\", 'c=1' ]\n", ["a b c=1"]),
            ("bootcmd: [ a, [ b, c ] ]\n", ["a b c"]),
            ("bootcmd:\n  - - a\n    - -b\n    - c\n  - d\n", ["a -b c", "d"]),
            ("bootcmd:\n  - |\n    a\n    b\n  - >-\n    c\n", ["a", "b", "c"]),
            ("bootcmd:\n- a\nbootcmd:\n- b\n", ["b"]),
            ("bootcmd:\r\n- a\r\n", ["a"]),
        ] as [(String, [String]?)])
    func lists(_ text: String, _ expected: [String]?) {
        #expect(CloudCommands(parsing: text, key: "bootcmd").lines?.map(\.text) == expected)
    }

    @Test("a line is told by its number")
    func numbers() {
        let lines = CloudCommands(parsing: "#cloud-config\n\nbootcmd:\n  - a\n\n  - b\n", key: "bootcmd").lines
        #expect(lines?.map(\.number) == [4, 6])
    }

    @Test(
        "of a rule of udev the programs are taken",
        arguments: [
            ("", []), ("# RUN+=\"a\"\n", []), ("KERNEL==\"sda\", RUN+=\"a b\"\n", ["1 a b"]),
            ("RUN+=\"a\", RUN{program}=\"b\", RUN{builtin}+=\"c\", PROGRAM=\"d\"\n", ["1 a", "1 b"]),
            ("\nX==\"1\", \\\n  RUN+=\"a 'b, c' \\\"d\\\"\"\nRUN:=\"e\"\n", ["2 a 'b, c' \\\"d\\\"", "4 e"]),
            ("RUN+=\"never closed\n", []), ("RUN+=\"a\" \\", ["1 a"]),
        ])
    func rules(_ text: String, _ expected: [String]) {
        #expect(UdevCommands.read(text).map { "\($0.line) \($0.command)" } == expected)
    }
}
