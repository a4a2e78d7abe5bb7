internal import Testing

@Suite("House rules")
struct HouseRulesTests {
    private let files: [SourceFile]

    init() throws {
        files = try SourceFile.all()
        try #require(!files.isEmpty, "no Swift file below Sources")
    }

    private func check(_ rule: (SourceFile) -> [Violation]) {
        for violation in files.flatMap(rule) { Issue.record("\(violation)") }
    }

    @Test("no module imports what the graph does not allow")
    func imports() { check(Rules.imports) }

    @Test("no code holds a construct that is used nowhere")
    func constructs() { check(Rules.constructs) }

    @Test("no module but those that speak C is unsafe")
    func safety() { check(Rules.safety) }

    @Test("no sleep that a caller can give up outlives it")
    func sleeps() { check(Rules.sleeps) }

    @Test("no word of the wire is compared as a string")
    func wireWords() { check(Rules.wireWords) }

    @Test("no text says what vocabulary replaces")
    func unwantedWords() { check(Rules.unwantedWords) }

    @Test("a carriage return hides no end of a line")
    func lineEnds() { check(Rules.lineEnds) }

    @Test("no file is longer than 400 lines")
    func length() { check(Rules.length) }

    @Test("everything that other modules call has a comment")
    func documentation() {
        let fulfilled = files.reduce(into: Set<String>()) { $0.formUnion(Rules.protocolFunctions($1)) }
        check { Rules.documentation($0, fulfilled: fulfilled) }
    }
}
