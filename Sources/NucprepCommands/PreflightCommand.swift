internal import ArgumentParser
internal import CommandProcess
internal import Fleet
internal import NodeAPI
internal import NodeAPITransport

/// `nucprep preflight`: a report, and on GO the command it guards.
struct PreflightCommand: ParsableCommand, EndingCommand {
    static let configuration = CommandConfiguration(
        commandName: "preflight", abstract: "Report, and on GO or GO-WITH-WARNINGS run COMMAND in its place (exec).",
        discussion: """
            nucprep preflight -- kubeadm init ... starts kubeadm init with exactly these words, or nothing. \
            The report is on standard error then, and the exit status is that of the command once it has started. \
            With --self, for kubeadm join on a worker, only this machine is judged. \
            kubeadm init is not started where the control plane already runs, nor kubeadm join on a node that has joined.
            """)

    @Flag(help: "First start a pod sandbox on this node, see it run, and remove it; needs root.")
    var trial = false

    @Flag(
        name: .customLong("self"),
        help: "Ask this machine alone, without ssh, and on a worker whether the control plane takes connections.")
    var isAlone = false

    @OptionGroup var fleet: FleetOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var daemon: DaemonOptions

    @Argument(parsing: .postTerminator, help: "The command to run in its place, after --.")
    var command: [String] = []

    func validate() throws {
        guard !isAlone || fleet.nodes == nil else { throw ValidationError("--self and --nodes contradict each other") }
    }

    func perform() async throws -> Ending {
        try await output.reporting {
            if trial {
                _ = try await DaemonQuestion(socket: daemon.question.socket, timeout: .seconds(250)).order("/v1/trial")
            }
            let report = try await fleet.report(from: daemon.question, oldest: .seconds(30), isAlone: isAlone)
            let view = ReportView(report, showsNext: command.isEmpty)
            try output.show(view, on: command.isEmpty ? .output : .error)
            guard !command.isEmpty else { return Ending(report.exitStatus) }
            guard report.verdict.isGo else {
                var ending = Ending(report.exitStatus)
                ending.story =
                    "nucprep: \(Sanitized(command[0]).text) was not started: the verdict is \(report.verdict.word)\n"
                return ending
            }
            if let reason = report.reasonNotToStart(command) {
                var ending = Ending(.noGo)
                ending.story = "nucprep: \(Sanitized(command[0]).text) was not started: \(Sanitized(reason).text)\n"
                return ending
            }
            return Ending(becoming: command)
        }
    }
}
