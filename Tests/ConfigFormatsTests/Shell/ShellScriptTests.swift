import Testing

@testable import ConfigFormats

@Suite("Shell script")
struct ShellScriptTests {
    private func commands(_ text: String) -> [String] {
        ShellScript(parsing: text).commands.map { ($0.isConditional ? "? " : "") + $0.text }
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var text: String
        var commands: [String]
    }

    @Test(
        "tells the commands, and which of them may be passed over",
        arguments: [
            Case(testDescription: "one after the other", text: "a 1\nb; c & d", commands: ["a 1", "b", "c", "d"]),
            Case(testDescription: "comments", text: "# a\nb # c\nd#e", commands: ["b", "d#e"]),
            Case(testDescription: "quotes", text: "echo 'a;b' \"c # d\" e\\ f", commands: ["echo a;b c # d e f"]),
            Case(testDescription: "a line that goes on", text: "a \\\n  b", commands: ["a b"]),
            Case(testDescription: "variables before a program", text: "A=1 B='x y' c", commands: ["c"]),
            Case(testDescription: "a branch", text: "if t; then a; fi\nb", commands: ["? t", "? a", "b"]),
            Case(
                testDescription: "a case", text: "case $1 in\nstart) a;;\nb|c) d;;\nesac\ne",
                commands: ["? $1 in", "? a", "? b", "? d", "e"]),
            Case(testDescription: "a loop", text: "for i in x y; do a; done; b", commands: ["? i in x y", "? a", "b"]),
            Case(testDescription: "a function", text: "f() {\n a\n}\nb", commands: ["f", "? a", "b"]),
            Case(testDescription: "behind a success", text: "a && b", commands: ["a", "b"]),
            Case(testDescription: "behind a test", text: "[ -e x ] && b", commands: ["[ -e x ]", "? b"]),
            Case(testDescription: "behind a failure", text: "a || b\nc", commands: ["a", "? b", "c"]),
            Case(
                testDescription: "behind an end", text: "[ -e x ] || exit 0\na",
                commands: ["[ -e x ]", "? exit 0", "? a"]),
            Case(testDescription: "a here-document", text: "cat <<EOF > f\na\nEOF\nb", commands: ["cat > f", "b"]),
            Case(
                testDescription: "a here-document with tabs", text: "cat <<-'E'\n\ta\n\tE\nb", commands: ["cat", "b"]),
            Case(
                testDescription: "within a substitution", text: "x=$(a b) c \"$(d)\"", commands: ["c $()", "a b", "d"]),
            Case(
                testDescription: "a shell within", text: "sudo sh -c 'a; b > f'",
                commands: ["sudo sh -c a; b > f", "a", "b > f"]),
            Case(
                testDescription: "a shell within a branch", text: "t || bash -ec 'a'",
                commands: ["t", "? bash -ec a", "? a"]),
            Case(testDescription: "nothing", text: " \n\t\n", commands: []),
        ])
    func commands(_ example: Case) {
        #expect(commands(example.text) == example.commands)
    }

    @Test("knows where output goes, and from where it comes")
    func outputs() {
        let script = ShellScript(parsing: "a > f 2> g\nb >> f\nc 2>&1 | tee h\nd &> i < j")
        #expect(script.commands.map { $0.outputs.map(\.path) } == [["f"], ["f"], [], [], ["i"]])
        #expect(script.commands[1].outputs.first?.appends == true)
        #expect(script.commands[3].input == ["c"])
        #expect(script.commands.map(\.line) == [1, 2, 3, 3, 4])
    }

    @Test("sees through what only starts another program")
    func invocation() {
        let cases = [
            "exec /sbin/swapon x": ["/sbin/swapon", "x"], "sudo -n env A=1 nice -n 5 b c": ["b", "c"], "sudo": ["sudo"],
            "timeout 10 d": ["d"],
        ]
        for (text, words) in cases { #expect(ShellScript(parsing: text).commands.first?.invocation == words) }
    }

    @Test("names the scripts that a command starts")
    func scripts() {
        let cases = [
            "/opt/a b": ["/opt/a"], "sh /opt/a": ["/opt/a"],
            "/usr/bin/python3 -u /opt/a.py /opt/b": ["/usr/bin/python3", "/opt/a.py"],
            "a /opt/b": [], "sh -c 'x'": [], "sh \"$X/a\"": [], ". /etc/a": ["/etc/a"],
        ]
        for (text, scripts) in cases { #expect(ShellScript(parsing: text).commands.first?.scripts == scripts) }
    }

    @Test(
        "comes to an end with whatever is in the file",
        arguments: [
            "'", "\"", "`", "$(", "$((((", "<<", "<<A", "a <<A\n", "\\", ">", ">>", "&>", ")))", "}}}", "fi done esac",
            String(repeating: "$(", count: 5000), String(repeating: "sh -c '", count: 500),
            String(repeating: "a;", count: 9000),
            "\u{0}\u{0}a\u{FFFD}", "\"$(", "2>", "a 2", "case x in y) z",
        ])
    func hostile(_ text: String) {
        #expect(ShellScript(parsing: text).commands.count <= ShellScript.mostCommands + 1)
    }

    @Test("another language is searched word by word, and nothing of it is certain")
    func words() {
        let text =
            "import os\n# swapon x\nos.system('swapon /x')\nopen(\"/etc/hosts\", \"w\").write(a)\nopen('/etc/hosts')\n"
        let script = ShellScript(wordsOf: text, naming: ["swapon", "/etc/hosts"])
        #expect(script.commands.map(\.line) == [3, 4])
        #expect(script.commands.first?.invocation == ["swapon", "/x"])
        #expect(script.commands.last?.outputs.map(\.path) == ["/etc/hosts"])
        #expect(script.commands.map(\.isConditional) == [true, true])
    }
}

@Suite("cloud-init's swap")
struct CloudSwapTests {
    @Test(
        "a size of nothing makes no file",
        arguments: [
            ("swap:\n  size: 0\n", false), ("swap:\n  filename: /s\n", false), ("swap: {size: 0M}\n", false),
            ("swap:\n  size: \"0\"\n", false), ("swap:\n", false), ("swap: false\n", false),
            ("swap:\n  size: 1G # x\n", true),
            ("swap:\n  size: auto\n", true), ("swap: {filename: /s, size: 0.5G}\n", true),
            ("\"swap\":\n  'size': 10\n", true),
            ("swap:\n  size: 0\nswap:\n  size: 1G\n", true),
        ])
    func sizes(_ text: String, _ makesFile: Bool) throws {
        #expect(try CloudSwap(parsing: text)?.makesFile == makesFile)
    }

    @Test("what is not followed is an error, and other keys are none of its business")
    func others() throws {
        for text in ["swap: *x\n", "swap: [a]\n", "swap: {size: [1]}\n", "swap:\n  size: *x\n", "swap: >\n  a\n"] {
            #expect(throws: ParseError.self) { try CloudSwap(parsing: text) }
        }
        #expect(try CloudSwap(parsing: "swapfile: x\n  swap: y\n# swap:\n") == nil)
    }
}
