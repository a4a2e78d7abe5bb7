import ArgumentParser
import Fleet
import NodeTesting
import Testing

@testable import NodeAPI
@testable import NucprepCommands

@Suite("Command line")
struct CommandLineTests {
    private static func parse<Command>(_ type: Command.Type, _ words: [String]) throws -> Command {
        try #require(try RootCommand.parseAsRoot(words) as? Command)
    }

    @Test(
        "asks for what the words say",
        arguments: [
            (["status"], "/v1/status"), (["status", "swap-off"], "/v1/status?only=swap-off"),
            (["status", "--fresh", "swap-off", "kernel-modules"], "/v1/status?fresh=1&only=swap-off,kernel-modules"),
        ])
    func status(_ words: [String], _ target: String) throws {
        #expect(try Self.parse(StatusCommand.self, words).target == target)
    }

    @Test("plans for some requirements", arguments: [["--only", "a,b"], ["--only", "a", "--only", "b"]])
    func plan(_ words: [String]) throws {
        #expect(try Self.parse(PlanCommand.self, ["plan"] + words).target == "/v1/plan?only=a,b")
    }

    @Test("takes the options of a report")
    func report() throws {
        let command = try Self.parse(
            ReportCommand.self,
            [
                "report", "--phase", "init", "--nodes", "nuc01,nuc02", "--strict", "--json", "--deadline", "30",
                "--fanout", "8",
                "--no-multiplex", "--socket", "/run/x.sock",
            ])
        #expect(command.fleet.phase == .initialise)
        #expect(command.fleet.nodes == "nuc01,nuc02")
        #expect(command.fleet.strict && command.fleet.noMultiplex && command.output.json)
        #expect(command.fleet.deadline == 30 && command.fleet.fanout == 8)
        #expect(command.daemon.socket == "/run/x.sock")
    }

    @Test("takes a command after -- word for word")
    func preflight() throws {
        let words = ["kubeadm", "init", "--pod-network-cidr=10.244.0.0/16", "--json", "--", "$(id)"]
        let command = try Self.parse(PreflightCommand.self, ["preflight", "--strict", "--"] + words)
        #expect(command.command == words)
        #expect(command.fleet.strict && !command.output.json)
    }

    @Test("knows where the daemon is")
    func socket() throws {
        #expect(try Self.parse(StatusCommand.self, ["status"]).daemon.socket == "/run/nucprep/nucprepd.sock")
        #expect(try Self.parse(DialStdioCommand.self, ["dial-stdio", "--read-only"]).readOnly)
    }

    @Test(
        "ends with 64 for words that do not fit",
        arguments: [
            [], ["stat"], ["status", "--nope"], ["status", "Not An Id"], ["status", "a/../b"], ["plan", "--only", ""],
            ["report", "--phase", "never"], ["report", "--deadline", "0"], ["report", "--fanout", "1000"],
            ["report", "--nodes", ""], ["report", "Not An Id"], ["report", "--format", "html"],
            ["report", "--json", "--format", "markdown"], ["report", "swap-off", "--json"], ["config", "shew"],
            ["init", "--force", "-x"], ["report", "--nodes", "a,a"], ["report", "--nodes", "-oProxyCommand=id"],
            ["preflight", "kubeadm", "init"], ["status", "--timeout", "0"], ["status", "--color", "blue"],
            ["apply"], ["hold"],
        ])
    func usage(_ words: [String]) async {
        #expect(await Nucprep.main(words) == 64)
    }

    @Test(
        "ends with 69 without a daemon",
        arguments: [["status"], ["plan"], ["report"], ["preflight", "--", "/bin/true"], ["dial-stdio"]])
    func noDaemon(_ words: [String]) async {
        let options = ["--socket", "/nonexistent/socket"]
        #expect(await Nucprep.main([words[0]] + options + words.dropFirst()) == 69)
    }

    @Test("tells its version without a daemon")
    func version() async {
        #expect(await Nucprep.main(["version", "--quiet", "--socket", "/nonexistent/socket"]) == 0)
        #expect(VersionCommand.text("no answer: \u{1B}x").hasSuffix("nucprepd  no answer: \\u{1b}x\n"))
    }

    @Test(
        "ends as the contract says for each problem of the daemon",
        arguments: [
            (ProblemBody.Kind.unknownRequirement, 64), (.starting, 69), (.overloaded, 75), (.forbidden, 77),
            (.internalError, 1),
        ])
    func problems(_ kind: ProblemBody.Kind, _ status: Int) async {
        let ending = await Ending(of: { throw ProblemBody(kind, detail: "cannot: \u{1B}", remedy: "wait") })
        #expect(Int(ending.status.rawValue) == status)
        #expect(ending.story == "nucprep: cannot: \\u{1b}; wait\n")
    }

    @Test("ends as the contract says for everything else that is thrown")
    func others() async {
        #expect(await Ending(of: { throw WireError.malformed("x") }).status == .internalError)
        #expect(await Ending(of: { throw InventoryError("x", "y") }).status == .usage)
        #expect(await Ending(of: { throw CancellationError() }).status == .interrupted)
    }

    @Test("a verdict has its exit status and its word")
    func verdicts() {
        #expect(FleetVerdict.allCases.map(\.exitStatus.rawValue) == [0, 0, 3, 2])
        #expect(FleetVerdict.allCases.map(\.word) == ["GO", "GO-WITH-WARNINGS", "INCOMPLETE", "NO-GO"])
        #expect(FleetVerdict("splendid") == .incomplete)
    }
}
