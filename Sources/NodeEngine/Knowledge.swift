internal import NodeState

/// What is known of the node: what each requirement answered last, and what that means together.
struct Knowledge: Sendable {
    private var seen: [RequirementID: Inspected] = [:]
    /// What is shared by looks; lasting values stay between them.
    let values = SharedValues()
    /// What was predicted of the next boot.
    private(set) var record = BootRecord()
    /// The last judgement: one for each look, and one where a waiver, a day or a repair made it another.
    private(set) var judgement = Judgement([], waivers: [], today: "")

    /// Whether nothing was looked at yet.
    var isEmpty: Bool { seen.isEmpty }

    /// The looks of the requirements in force.
    var looks: [Look] { seen.values.compactMap(\.look) }

    /// The last look of a requirement.
    func look(of id: RequirementID) -> Look? { seen[id]?.look }

    /// Takes in what requirements answered; an answer that was not asked for stays.
    mutating func take(_ answers: [Inspected]) {
        for answer in answers { seen[answer.entry.id] = answer.completed(by: seen[answer.entry.id]) }
    }

    /// Forgets the requirements that are not in force, and every shared value.
    mutating func adopt(_ requirements: [any Requirement]) {
        let ids = Set(requirements.map { type(of: $0).entry.id })
        seen = seen.filter { ids.contains($0.key) }
        values.forget()
    }

    /// The answers that an event bears on; all of a requirement that was not looked at yet.
    func concerned(by heard: Set<Input>, among requirements: [any Requirement]) -> Scope {
        var scope = Scope()
        for requirement in requirements {
            let id = type(of: requirement).entry.id
            let horizons = seen[id]?.horizons(of: heard, inputs: requirement.inputs) ?? Set(Horizon.allCases)
            if !horizons.isEmpty { scope[id] = horizons }
        }
        return scope
    }

    /// Judges what is known.
    ///
    /// - Returns: whether any verdict is another than before.
    mutating func judge(_ rules: Convergence.Rules, contested: Set<RequirementID>, today: String) -> Bool {
        let ordered = rules.requirements.compactMap { seen[type(of: $0).entry.id]?.look }
        var judged = Judgement(ordered, waivers: rules.waivers, today: today)
        for index in judged.entries.indices {
            let id = judged.entries[index].entry.id
            if let look = seen[id]?.look { judged.entries[index].proof = record.proof(of: look) }
            judged.entries[index].isContested = contested.contains(id)
        }
        let isNews = judged.entries != judgement.entries
        judgement = judged
        return isNews
    }

    // MARK: The record of the boots

    /// Takes the record of earlier boots in.
    mutating func take(_ record: BootRecord) { self.record = record }

    /// Takes in the first look under a boot.
    ///
    /// - Returns: the predictions that failed.
    mutating func begin(bootID: String) -> [RequirementID] { record.begin(bootID: bootID, looks) }

    /// Takes what is known into the record; whether it is another one then.
    mutating func updateRecord() -> Bool {
        let before = record
        record.update(looks)
        return record != before
    }
}

/// Which answers of which requirements are meant.
typealias Scope = [RequirementID: Set<Horizon>]
