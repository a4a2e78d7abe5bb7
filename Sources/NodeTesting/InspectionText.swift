package import NodeEngine
internal import NodeState

/// What an inspection says in lines: both verdicts of each requirement, the findings, and the plan with its edits.
package enum InspectionText {
    /// The text of a judgement and of the readiness that follows.
    package static func text(of judged: Judgement) -> String {
        var lines: [String] = []
        for entry in judged.entries {
            for (horizon, verdict) in [("now", entry.now), ("next boot", entry.nextBoot)] {
                lines.append("\(entry.entry.id) \(horizon) \(word(verdict)): \(observed(verdict))")
                lines += verdict.findings.flatMap(text)
            }
        }
        lines += judged.steps.flatMap(text)
        return lines.map { $0 + "\n" }.joined() + "\(Readiness(of: judged.entries))\n"
    }

    private static func text(of finding: Finding) -> [String] {
        let places = finding.evidence.map { " [\($0.path)\($0.line.map { ":\($0)" } ?? "")]" }.joined()
        var lines = ["  \(finding.severity) \(finding.reason): \(finding.actual)\(places)"]
        if let why = finding.why { lines.append("    why: \(why)") }
        if let remedy = finding.remedy { lines.append("    remedy: \(remedy)") }
        lines += finding.manual.map { "    by hand: \($0)" }
        return lines
    }

    private static func text(of step: Plan.Step) -> [String] {
        let horizon = step.horizon == .now ? "now" : "next boot"
        let change = step.proposal.change
        var lines = ["plan \(step.proposal.autoClass.name) for \(horizon): \(change.kind) \(change.object)"]
        if let refusal = step.proposal.refusal {
            lines.append("  refused, \(refusal.reason.rawValue): \(refusal.text)")
        }
        if let edit = change.edit { lines += difference(edit) }
        return lines
    }

    /// The lines that an edit takes away and puts in, with what cannot be seen spelled out.
    private static func difference(_ edit: FileEdit) -> [String] {
        let difference = lines(edit.after).difference(from: lines(edit.before ?? []))
        return difference.map { change in
            switch change {
            case .remove(let offset, let line, _): "  -\(offset + 1) \(line)"
            case .insert(let offset, let line, _): "  +\(offset + 1) \(line)"
            }
        }
    }

    private static func lines(_ bytes: [UInt8]) -> [String] {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            String(decoding: line, as: UTF8.self).replacing("\r", with: "\\r").replacing("\t", with: "\\t")
        }
        if lines.last == "" { lines.removeLast() } else { lines[lines.count - 1] += " (no line end)" }
        return lines
    }

    private static func word(_ verdict: Verdict) -> String {
        switch verdict {
        case .met: "met"
        case .unmet: "unmet"
        case .unknown: "unknown"
        case .blocked: "blocked"
        case .notApplicable: "not applicable"
        case .waived: "waived"
        }
    }

    private static func observed(_ verdict: Verdict) -> String {
        switch verdict {
        case .met(let text), .unmet(let text, _), .notApplicable(let text): text
        case .unknown(let error): error.description
        case .blocked(let ids): ids.map(\.name).joined(separator: ", ")
        case .waived(let waiver, _): "until \(waiver.until): \(waiver.reason)"
        }
    }
}
