package import NodeState

/// `GET /v1/requirements`: everything that is required of a node, in the order of applying.
package struct CatalogueBody: Codable, Equatable, Sendable {
    package static let schema = "nucprep.requirements/1"

    package var schema = CatalogueBody.schema
    package var requirements: [EntryBody]

    /// The catalogue of these entries.
    package init(requirements: [EntryBody]) { self.requirements = requirements }

    /// What is the same for every node about one requirement.
    package struct EntryBody: Codable, Equatable, Sendable {
        package var id: String
        package var group: String
        package var title: String
        package var severity: WireSeverity
        /// `init`, `join`.
        package var phases: [String]
        /// kubeadm's own names for it; none when kubeadm does not look.
        package var kubeadm: [String]
        /// What must hold before.
        package var needs: [String]
        package var rationale: RationaleBody
        /// What is looked at.
        package var checks: String
        /// How to do it by hand.
        package var manual: [String]
    }

    /// Why, and who says so.
    package struct RationaleBody: Codable, Equatable, Sendable {
        package var text: String
        package var source: String

        /// The reason with its source.
        package init(text: String, source: String) {
            self.text = text
            self.source = source
        }
    }
}

extension CatalogueBody.EntryBody {
    /// The entry on the wire.
    package init(_ entry: CatalogEntry) {
        id = entry.id.name
        group = entry.group
        title = entry.title
        severity = entry.severity.wire
        phases = entry.phases.map(\.wire)
        kubeadm = entry.kubeadmChecks
        needs = entry.prerequisites.map(\.name)
        rationale = .init(text: entry.why, source: entry.source)
        checks = entry.checks
        manual = entry.manual
    }
}

/// `GET /v1/requirements/{id}`: one requirement, in general and on this node.
package struct ExplanationBody: Codable, Equatable, Sendable {
    package static let schema = "nucprep.requirement/1"

    package var schema = ExplanationBody.schema
    package var cursor: String
    /// As in a status.
    package var requirement: RequirementBody
    /// As in the catalogue.
    package var entry: CatalogueBody.EntryBody

    /// The explanation of one requirement.
    package init(cursor: String, requirement: RequirementBody, entry: CatalogueBody.EntryBody) {
        self.cursor = cursor
        self.requirement = requirement
        self.entry = entry
    }
}
