import ArgumentParser
import SystemPackage
import Testing

@testable import NodeAPI
@testable import NucprepCommands

/// What `--help` lists, what nucprep(1) explains and what the shells complete are the same.
@Suite("Help, manual page and completions")
struct ManualPageTests {
    private static let commands: [(name: String, type: any ParsableCommand.Type)] = RootCommand.configuration
        .subcommands
        .map { ($0.configuration.commandName ?? "", $0) }

    private static func options(_ text: some StringProtocol) -> Set<String> {
        let words = text.split { (character: Character) in !character.isLetter && character != "-" }
        var found: Set<String> = []
        for word in words where word.hasPrefix("--") && word.utf8.count > 3 { found.insert(String(word)) }
        return found
    }

    /// The options of a command by its help: the first word of each line of the list.
    private static func helped(_ type: any ParsableCommand.Type) -> Set<String> {
        let lines = RootCommand.helpMessage(for: type, columns: 200).split(separator: "\n")
        return Set(lines.filter { $0.hasPrefix("  -") }.flatMap { options($0.prefix(26)) })
    }

    private static func page() throws -> String {
        let checkout = (0..<3).reduce(FilePath(#filePath)) { path, _ in path.removingLastComponent() }
        let file = try FileDescriptor.open(checkout.pushing("debian/man/nucprep.1"), .readOnly, options: .closeOnExec)
        return try file.closeAfter {
            var bytes = [UInt8](repeating: 0, count: 1 << 18)
            let count = try unsafe bytes.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
            return String(decoding: bytes.prefix(count), as: UTF8.self).replacing("\\-", with: "-").replacing(
                "\\fR", with: "")
        }
    }

    /// What a section of the page says.
    private static func section(_ name: String, of page: String) throws -> Substring {
        let start = try #require(page.firstRange(of: "\n.SH \(name)\n")?.upperBound)
        let rest = page[start...]
        return rest[..<(rest.firstRange(of: "\n.SH ")?.lowerBound ?? rest.endIndex)]
    }

    /// The options that are explained in a piece of the page: the line after each `.TP`.
    private static func explained(_ text: some StringProtocol) -> Set<String> {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return Set(zip(lines, lines.dropFirst()).filter { $0.0 == ".TP" }.flatMap { options($0.1) })
    }

    /// The entry of each command in COMMANDS, with the options beneath it.
    private static func entries(_ page: String) throws -> [String: String] {
        var entries: [String: String] = [:]
        var name = ""
        var depth = 0
        let lines = try section("COMMANDS", of: page).split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            if line == ".RS" { depth += 1 }
            if line == ".RE" { depth -= 1 }
            if line == ".TP", depth == 0, index + 1 < lines.count {
                name =
                    lines[index + 1].split(separator: " ").dropFirst().prefix { $0 != "[\\fIID\\fP" }.first
                    .map { String($0.filter { $0 != "\"" }) } ?? ""
            }
            entries[name, default: ""] += line + "\n"
        }
        return entries
    }

    @Test("name the same options for each command")
    func compare() throws {
        let page = try Self.page()
        let common = Self.explained(try Self.section("OPTIONS", of: page))
        let entries = try Self.entries(page)
        let report = Self.explained(try #require(entries["report"]))
        for (name, type) in Self.commands where name != "config" {
            let entry = try #require(entries[name], "nucprep(1) has no entry for \(name): \(entries.keys.sorted())")
            let helped = Self.helped(type)
            var explained = Self.explained(entry)
            // Its entry says that it has those of report; what is of the report's form alone is not among them.
            if name == "preflight" { explained.formUnion(report.subtracting(["--verbose", "--format", "--watch"])) }
            #expect(helped.subtracting(common) == explained.subtracting(common), "\(name)")
            #expect(explained.isSubset(of: helped), "\(name)")
        }
        for name in ["show", "validate"] {
            #expect(page.contains("\"config \(name)\"") || page.contains("config \(name)"))
        }
        // Nothing in OPTIONS is of no command.
        let all = Self.commands.reduce(into: Set<String>()) { $0.formUnion(Self.helped($1.type)) }
        #expect(common.isSubset(of: all), "\(common.subtracting(all))")
    }

    @Test("name every command in the synopsis")
    func synopsis() throws {
        let synopsis = try Self.section("SYNOPSIS", of: try Self.page())
        for (name, _) in Self.commands { #expect(synopsis.contains(".B \(name)"), "\(name)") }
    }

    @Test("are completed by each shell, ids of requirements too", arguments: CompletionShell.allCases)
    func completions(_ shell: CompletionShell) {
        let script = RootCommand.completionScript(for: shell)
        for (name, type) in Self.commands {
            #expect(script.contains(name))
            for option in Self.helped(type) {
                let word = shell == .fish ? String(option.dropFirst(2)) : option
                #expect(script.contains(word), "\(shell.rawValue): \(name) \(option)")
            }
        }
        for id in KnownRequirement.all.map(\.id) { #expect(script.contains(id), "\(id)") }
        // What is for tests alone is offered to nobody.
        #expect(!script.contains("--root") && !script.contains("-l 'root'") && !script.contains("-l root"))
    }
}
