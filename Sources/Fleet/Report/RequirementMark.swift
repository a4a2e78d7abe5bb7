package import NodeAPI

/// The mark in front of a requirement, in the report and in the status; from the worst to the best.
package enum RequirementMark: String, Sendable, CaseIterable {
    case fail = "FAIL"
    case unknown = "unkn"
    case warning = "warn"
    case waived = "waiv"
    case info
    case good = "ok"

    /// The mark of one requirement.
    package init(_ body: RequirementBody) {
        switch body.verdict {
        case .met, .notApplicable: self = body.contested == nil ? .good : .fail
        case .waived: self = .waived
        case .unmet:
            let severities = body.findings.isEmpty ? [body.severity] : body.findings.map(\.severity)
            switch severities.map(NodeRules.unmet).max() ?? .noGo {
            case .go: self = .info
            case .goWithWarnings: self = .warning
            case .incomplete, .noGo: self = .fail
            }
        case .unknown, .blocked, .unrecognised: self = .unknown
        }
    }

    /// The mark of a contribution; `nil` for one that does not weigh.
    init?(_ contribution: FleetVerdict) {
        switch contribution {
        case .go: return nil
        case .goWithWarnings: self = .warning
        case .incomplete: self = .unknown
        case .noGo: self = .fail
        }
    }
}
