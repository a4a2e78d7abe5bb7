internal import NodeAPI
internal import NodeRequirements
internal import NodeState
internal import NodeTesting
internal import SystemPackage
internal import Testing

@Suite("Known requirements")
struct KnownRequirementTests {
    @Test("are those of the catalogue; RECORD=1 writes the file anew")
    func file() throws {
        let rows = Catalog.all.map { $0.entry }.map { entry in
            let phases = entry.phases.map { "\"\($0.wire)\"" }.joined(separator: ", ")
            let words = "\"\(entry.id)\", .\(entry.severity.wire), [\(phases)]"
            let checks = entry.kubeadmChecks.map { "\"\($0)\"" }
            guard !checks.isEmpty else { return "        .init(\(words)),\n" }
            // As swift format has it.
            let line = "        .init(\(words), kubeadm: [\(checks.joined(separator: ", "))]),\n"
            guard line.utf8.count > 121 else { return line }
            let list =
                checks.count == 1
                ? "[\(checks[0])]" : "[\n\(checks.map { "                \($0),\n" }.joined())            ]"
            return "        .init(\n            \(words),\n            kubeadm: \(list)),\n"
        }
        let text = """
            extension KnownRequirement {
                /// Every requirement of this version, in the order of the catalogue; written by KnownRequirementTests.
                package static let all: [KnownRequirement] = [
            \(rows.joined())    ]
            }

            """
        let path = FilePath("\(#filePath)").removingLastComponent().removingLastComponent().removingLastComponent()
            .appending("Sources/NodeAPI/KnownRequirement+All.swift")
        let outcome = try Golden.compare(text, with: path)
        #expect(outcome == .same, "the catalogue has changed: RECORD=1 swift test --filter KnownRequirementTests")
    }
}
