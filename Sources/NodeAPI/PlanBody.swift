package import NodeState
internal import SystemPackage

/// `GET /v1/plan`: what would be changed; it changes nothing.
package struct PlanBody: Codable, Equatable, Sendable {
    package static let schema = "nucprep.plan/1"

    package var schema = PlanBody.schema
    /// A hash over the steps and what they were made from: the same plan has the same id.
    package var planId: String
    package var cursor: String
    package var node: String
    package var steps: [StepBody]
    package var refused: [RefusedBody]

    /// One step of the plan.
    package struct StepBody: Codable, Equatable, Sendable {
        package var index: Int
        package var requirement: String
        package var horizon: WireHorizon
        package var `class`: String
        /// `automatic`: enforcement does it; `on_apply`: nobody does it by itself, since the mode is to observe.
        package var decision: String
        package var disruptive: Bool
        package var reversible: Bool
        package var change: ObjectBody
        package var text: String
        package var manual: [String]
        /// A unified difference for a change of a file.
        @OrNull package var diff: String?
        /// Whether a difference exists that this caller may not see.
        package var withheld: Bool
    }

    /// What a step does to what.
    package struct ObjectBody: Codable, Equatable, Sendable {
        package var kind: String
        package var object: String
    }

    /// A change that is not carried out, and why.
    package struct RefusedBody: Codable, Equatable, Sendable {
        package var requirement: String
        package var `class`: String
        /// A reason of `NodeState.Refusal`.
        package var reason: String
        package var text: String
        @OrNull package var remedy: String?
    }

    /// The plan of one node.
    package init(planId: String, cursor: String, node: String, steps: [StepBody], refused: [RefusedBody]) {
        self.planId = planId
        self.cursor = cursor
        self.node = node
        self.steps = steps
        self.refused = refused
    }
}

extension PlanBody.StepBody {
    /// The step at `index`.
    ///
    /// - Parameters:
    ///   - step: the step.
    ///   - index: its place in the whole plan.
    ///   - isAutomatic: whether the mode lets the daemon do it.
    ///   - isWithheld: whether the file may not be read by the one who asks.
    package init(_ step: Plan.Step, index: Int, isAutomatic: Bool, isWithheld: Bool) {
        let change = step.proposal.change
        self.index = index
        requirement = step.requirement.name
        horizon = step.horizon.wire
        `class` = step.proposal.autoClass.name
        decision = isAutomatic ? "automatic" : "on_apply"
        disruptive = change.isDisruptive
        reversible = change.isReversible
        self.change = .init(kind: change.kind, object: change.object)
        text = change.text
        manual = change.manual
        withheld = isWithheld && change.edit != nil
        diff =
            withheld
            ? nil
            : change.edit.map { edit in
                Text.cut(UnifiedDiff(of: edit.path.string, from: edit.before, to: edit.after).text)
            }
    }
}

extension PlanBody.RefusedBody {
    /// The refusal of one change.
    package init(_ step: Plan.Step, _ refusal: Refusal) {
        requirement = step.requirement.name
        `class` = step.proposal.autoClass.name
        reason = refusal.reason.rawValue
        text = "\(step.proposal.change.text): \(refusal.text)"
        remedy = refusal.remedy
    }
}
