internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// A command of the boot that undoes, or may undo, what a requirement wants.
struct BootSighting: Equatable, Sendable {
    /// Who runs it.
    var origin: String
    /// The command, or what stands for it.
    var text: String
    var evidence: Evidence
    /// Whether it runs for certain and does what it says.
    var isCertain: Bool

    init(_ command: BootCommand, isCertain: Bool = true) {
        origin = command.origin
        text = command.command.text
        evidence = command.evidence
        self.isCertain = isCertain && command.isCertain
    }

    init(origin: String, text: String, evidence: Evidence, isCertain: Bool) {
        self.origin = origin
        self.text = text
        self.evidence = evidence
        self.isCertain = isCertain
    }

    /// What is so, in words.
    var actual: String { "\(origin) runs `\(text)` at boot (\(place))" }

    private var place: String { "\(evidence.path)\(evidence.line.map { ":\($0)" } ?? "")" }

    /// Whether the one that runs it is a unit that could be switched off by hand.
    private var isUnit: Bool { origin.hasSuffix(".service") && !origin.contains(" ") }

    /// What a person does about it.
    var remedy: String {
        // cloud-init writes that file anew from what it is given.
        guard !evidence.path.starts(with: "/var/lib/cloud/instance") else {
            return "take the command out of the data that the machine is given as an instance"
        }
        return isUnit ? "take the command out, or switch \(origin) off" : "take the command out of \(evidence.path)"
    }
    var manual: [String] {
        let show = ["sed -n '\(evidence.line ?? 1)p' '\(evidence.path)'"]
        // What a generator draws in is not enabled, so it cannot be disabled.
        let verb = origin == "rc-local.service" ? "mask" : "disable"
        return isUnit ? show + ["sudo systemctl \(verb) '\(origin)'"] : show
    }

    /// The finding for a command that undoes something for certain.
    func finding(_ reason: String, expected: String, predicts: Prediction = Prediction()) -> Finding {
        Finding(
            reason, expected: expected, actual: actual, predicts: predicts, remedy: remedy, manual: manual,
            evidence: [evidence])
    }

    /// The error for a command of which nobody can tell from files whether it runs, or what comes of it.
    ///
    /// - Parameters:
    ///   - reason: the token of the finding that a waiver hides.
    ///   - subject: what cannot be predicted.
    ///   - expected: what the requirement asks for.
    ///   - requirement: the id that a waiver would name.
    /// - Returns: the error, with the finding that a waiver hides.
    func doubt(_ reason: String, about subject: String, expected: String, waiving requirement: String)
        -> ObservationError
    {
        var finding = finding(reason, expected: expected)
        finding.actual =
            "\(origin) may run `\(text)` at boot (\(place)), and its effect cannot be determined from files"
        finding.remedy = "\(remedy); where it does no harm, waive \(requirement) in nucprep.toml"
        return ObservationError(predicting: subject, doubt: finding)
    }
}
