package import NodeState

/// What was predicted of the next boot, kept over the reboot that proves it.
package struct BootRecord: Equatable, Sendable {
    /// The boot it was last written under: 32 hexadecimal digits, or empty before the first.
    package var bootID: String
    /// The evidence under which each met requirement was predicted to be met at the next boot.
    package var predictions: [RequirementID: String] = [:]
    /// The evidence under which each prediction came true in this boot.
    package var proofs: [RequirementID: String] = [:]

    /// A record without any prediction.
    package init(bootID: String = "") { self.bootID = bootID }

    /// Takes in the first look under a boot, made before anything was changed in it.
    ///
    /// A prediction made under another boot came true when the requirement is met now and the evidence is the same.
    /// - Returns: the predictions that failed.
    package mutating func begin(bootID: String, _ looks: [Look]) -> [RequirementID] {
        guard bootID != self.bootID else { return [] }
        var failed: [RequirementID] = []
        proofs = [:]
        for look in looks {
            guard let predicted = predictions[look.entry.id] else { continue }
            if look.isMet, look.evidence == predicted {
                proofs[look.entry.id] = predicted
            } else if !look.now.isMet {
                failed.append(look.entry.id)
            }
        }
        self.bootID = bootID
        return failed
    }

    /// Takes in a later look.
    package mutating func update(_ looks: [Look]) {
        for look in looks {
            // What does not apply to the next boot predicts nothing.
            if case .success(.met) = look.nextBoot {
                predictions[look.entry.id] = look.evidence
            } else {
                predictions[look.entry.id] = nil
            }
        }
    }

    /// What is known of a requirement's next boot.
    package func proof(of look: Look) -> BootProof {
        guard case .success(.met) = look.nextBoot else { return .none }
        return proofs[look.entry.id] == look.evidence ? .proven : .predicted
    }
}

/// Keeps the record over a reboot.
package protocol BootRecordKeeping: Sendable {
    /// The record as it was kept; an empty one when there is none or it cannot be read.
    func load() async -> BootRecord
    /// Keeps a record.
    func save(_ record: BootRecord) async
}
