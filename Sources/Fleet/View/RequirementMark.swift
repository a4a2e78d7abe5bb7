package import NodeAPI

/// The word in front of a requirement, in the report and in the status.
package enum RequirementMark {
    /// `FAIL`, `unkn`, `warn`, `waiv`, `info` or `ok`.
    package static func word(_ body: RequirementBody) -> String {
        switch body.verdict {
        case "met", "not_applicable": body.contested == nil ? "ok" : "FAIL"
        case "waived": "waiv"
        case "unmet":
            switch severity(of: body) {
            case "warning": "warn"
            case "info": "info"
            default: "FAIL"
            }
        default: "unkn"
        }
    }

    /// The word of a contribution; `nil` for one that does not weigh.
    static func word(_ contribution: FleetVerdict) -> String? {
        switch contribution {
        case .go: nil
        case .goWithWarnings: "warn"
        case .incomplete: "unkn"
        case .noGo: "FAIL"
        }
    }

    /// The severity of its worst finding.
    private static func severity(of body: RequirementBody) -> String {
        let severities = body.findings.isEmpty ? [body.severity] : body.findings.map(\.severity)
        if severities.allSatisfy({ $0 == "info" }) { return "info" }
        return severities.allSatisfy { $0 == "info" || $0 == "warning" } ? "warning" : "error"
    }
}
