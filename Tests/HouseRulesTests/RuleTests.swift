internal import Testing

/// Each rule catches what it is there for, and nothing else.
@Suite("Each house rule")
struct RuleTests {
    private func file(_ text: String, module: String = "NodeState") -> SourceFile {
        SourceFile(module: module, path: "\(module)/Sample.swift", text: text)
    }

    @Test(
        "catches an import outside the graph",
        arguments: [
            ("NodeState", "import Foundation"), ("NodeState", "internal import Logging"),
            ("NodeRequirements", "package import NodeEngine"),
            ("NucprepDaemon", "internal import Kmod"), ("Fleet", "@preconcurrency internal import NIOCore"),
            ("ConfigFormats", "internal import struct SystemPackage.FilePath"), ("NodeAPI", "  import Foundation"),
            ("LinuxHost", "// a\n/* b */ internal import CSystemd"), ("NodeEngine", "internal import Glibc"),
            ("Unknown", ""),
        ])
    func badImport(_ module: String, _ text: String) {
        #expect(Rules.imports(file(text, module: module)).count == 1)
    }

    @Test(
        "lets an import of the graph pass, and what only looks like one",
        arguments: [
            ("NodeState", "package import SystemPackage"), ("NodeAPI", "internal import FoundationEssentials"),
            ("NodeState", "// import Foundation\nlet a = \"import Foundation\"\n/*\nimport Foundation\n*/"),
            ("nucprepd", "internal import Glibc\ninternal import NucprepDaemon"), ("NodeState", "let important = 1"),
        ])
    func goodImport(_ module: String, _ text: String) {
        #expect(Rules.imports(file(text, module: module)).isEmpty)
    }

    @Test(
        "catches a construct that is used nowhere",
        arguments: [
            "Task { }", "Task{", "Task(priority: .high) {", "let t = Task<Void, Never> { }", "Task.detached { }",
            "Task.init {", "Task.immediate {", "let number = file.withNumber { $0 }",
            "Task(\n    priority: .low\n) {", "let a = try! b()", "a!", "a!.b", "f()!", "c[0]!", "d as! E",
            "var g: Int!", "\"x\"!", "a?!", "{ 1 }()!",
            "fatalError()", "struct A: @unchecked Sendable {}", "nonisolated(unsafe) var a = 1", "print(1)",
            "Swift.print(1)", "debugPrint(a)",
            "let s = \"\\(a!)\"", "let s = #\"\\#(fatalError())\"#", "let s = \"\"\"\n\\(a!)\n\"\"\"",
            "/* a /* b */ c */ print(1)",
        ])
    func badConstruct(_ text: String) {
        #expect(!Rules.constructs(file(text)).isEmpty)
    }

    @Test(
        "lets code pass that has none",
        arguments: [
            "group.addTask { try await body() }", "func run(_ task: Task<Void, Never>) { }", "try? a", "a != b", "a!=b",
            "!a", "(!a)", "[!a]", "x ? !a : b",
            "// try! fatalError() a! Task {", "/* Task { /* a! */ b! */",
            "let s = \"try! a! fatalError() Task { print(1)\"",
            "let s = #\"a\"! \\(b!)\"#", "let s = \"\"\"\n  a! \"quoted\" print(1)\n  \"\"\"", "let s = \"\\\"a!\\\"\"",
            "log.print(1)", "file.withNumber { fsync($0) }", "let fingerprint = (1)",
            "sprint(1)", "let s = \"\\(f(\"a!\"))\"", "static prefix func ! (a: A) -> B", "a !== b",
        ])
    func goodConstruct(_ text: String) {
        #expect(Rules.constructs(file(text)).isEmpty)
    }

    @Test(
        "catches a sleep of the runtime where callers come and go",
        arguments: [
            "try await Task.sleep(for: .seconds(1))", "Task<Never, Never>.sleep(nanoseconds: 1)",
            "Task\n    .sleep(for: a)",
            "try await ContinuousClock().sleep(for: a)", "try await clock.sleep(until: a)",
        ])
    func badSleep(_ text: String) {
        #expect(Rules.sleeps(file(text, module: "NucprepDaemon")).count == 1)
        #expect(Rules.sleeps(file(text, module: "Fleet")).isEmpty)
    }

    @Test(
        "lets a sleep of the timer queue pass",
        arguments: ["await TimerQueue.shared.sleep(for: a)", "// Task.sleep(for: a)"])
    func goodSleep(_ text: String) {
        #expect(Rules.sleeps(file(text, module: "NucprepDaemon")).isEmpty)
    }

    @Test("catches a text that is split at a line feed as a character")
    func lineEnds() {
        let text = #"text.split(separator: "\n")"#
        #expect(Rules.lineEnds(file(text, module: "NodeRequirements")).count == 1)
        #expect(Rules.lineEnds(file("text.textLines()", module: "NodeRequirements")).isEmpty)
        #expect(Rules.lineEnds(file(text, module: "NodeAPI")).isEmpty)
    }

    @Test(
        "catches a word of the wire that is compared as a string",
        arguments: [
            #"if a.verdict == "met" {"#, #"a != "go""#, #"guard "unmet" == a"#, "switch a {\ncase \"met\": b",
            #"case "x", "not_applicable": b"#, #"a.contains("waived")"#, #"["unmet", "x"].contains(a)"#,
            #"let roles: Set = ["control_plane", "worker"]"#, #"for word in ["met", "unmet"] {"#,
            "a ==\n    \"now\"", #"let s = "\(a == "met" ? 1 : 2)""#,
        ])
    func badWireWord(_ text: String) {
        #expect(Rules.wireWords(file(text, module: "Fleet")).count == 1)
        #expect(Rules.wireWords(file(text, module: "NodeAPI")).isEmpty)
    }

    @Test(
        "lets a word of the wire pass where it is none",
        arguments: [
            #"// a == "met""#, #"a == .met"#, #"let label = "met""#, #"a == "met by""#,
            #"Columns.count(warnings.count, "warning")"#, #"case .unmet: "unmet""#,
        ])
    func goodWireWord(_ text: String) {
        #expect(Rules.wireWords(file(text, module: "Fleet")).isEmpty)
    }

    @Test(
        "catches a word that texts do not use",
        arguments: [
            #"let a = "somebody undoes it""#, #"f("the log tells")"#, #"f("a \(b) is none of them")"#,
            "let a = \"\"\"\n    heard\n    \"\"\"", ##"f(#"the link leads nowhere"#)"##,
        ])
    func badText(_ text: String) { #expect(Rules.unwantedWords(file(text)).count == 1) }

    @Test(
        "lets pass what only looks like one, and what is code",
        arguments: [
            "// somebody tells", "let told = heard.obeys", #"f("retold, overheard and untells")"#,
            #"f("\(told) and \(heard)")"#,
        ])
    func goodText(_ text: String) { #expect(Rules.unwantedWords(file(text)).isEmpty) }

    @Test("lets the command line print")
    func printing() {
        #expect(Rules.constructs(file("print(1)", module: "NucprepCommands")).isEmpty)
    }

    @Test(
        "catches unsafe code where no C is spoken",
        arguments: ["unsafe f()", "@safe struct A {}", "@unsafe func a()", "let a = unsafe b"])
    func badSafety(_ text: String) {
        #expect(Rules.safety(file(text)).count == 1)
        #expect(Rules.safety(file(text, module: "Systemd")).isEmpty)
    }

    @Test(
        "lets safe code pass",
        arguments: ["// unsafe", "let s = \"unsafe\"", "let unsafeties = 1", "@safeguard var a", "withUnsafeBytes { }"])
    func goodSafety(_ text: String) {
        #expect(Rules.safety(file(text)).isEmpty)
    }

    @Test("catches the 401st line and no earlier one")
    func length() {
        #expect(Rules.length(file(String(repeating: "a\n", count: 401))).count == 1)
        #expect(Rules.length(file(String(repeating: "a\n", count: 400) + "b")).count == 1)
        #expect(Rules.length(file(String(repeating: "a\n", count: 400))).isEmpty)
    }

    @Test(
        "catches what has no comment",
        arguments: [
            "package struct A {}", "// a\npackage func f() {}", "///a\n\npackage enum E {}",
            "    package static func f<T>(_ t: T) {}",
            "@safe package struct A: ~Copyable {}",
            "/// a\nlet b = 1\n@available(*, deprecated)\npackage final class C {}",
            "package mutating func f()", "package class func f()", "package actor A {", "@MainActor\npackage func f()",
            "/// p\npackage protocol P {\n    func f()\n}",
            "/// p\npackage protocol P: Sendable {\n    /// a\n    var a: Int { get }\n    var b: Int { get }\n}",
            "/// p\npackage protocol P {\n    associatedtype A\n}",
            "let s = \"\"\"\n/// a\n\"\"\"\npackage struct A {}",
        ])
    func badDocumentation(_ text: String) {
        #expect(Rules.documentation(file(text)).count == 1)
    }

    @Test(
        "lets pass what has one, or needs none",
        arguments: [
            "/// a\npackage struct A {}", "/// a\n///\n/// b\n@available(*, deprecated)\n@safe\npackage func f() {}",
            "package init() {}", "package let a = 1",
            "struct A {}", "func f() {}", "package static func == (a: A, b: A) -> Bool",
            "package func hash(into hasher: inout Hasher)",
            "package func observe() {}", "// package struct A {}", "let s = \"package struct A\"",
            "package private(set) var a = 1",
            "/// p\npackage protocol P {\n    /// f\n    @MainActor\n    func f()\n}\nfunc g() {}\n",
            "/// p\npackage protocol P: Sendable {}\nstruct S {\n    var a: Int\n}", "protocol P {\n    func f()\n}",
            "/// p\npackage protocol P {\n    /// a\n    var a: Int {\n        get\n    }\n}\nstruct S {\n    func g() {}\n}",
        ])
    func goodDocumentation(_ text: String) {
        #expect(Rules.documentation(file(text), fulfilled: ["observe"]).isEmpty)
    }

    @Test("knows which functions our protocols ask for")
    func protocolFunctions() {
        let text =
            "/// p\npackage protocol P {\n    /// f\n    func observe(_ a: A) async -> B\n    /// g\n    static func g<T>(_ t: T)\n}\nprotocol Q { }"
        #expect(Rules.protocolFunctions(file(text)) == ["observe", "g"])
    }
}
