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
            return "        .init(\"\(entry.id)\", \"\(entry.severity.wire)\", [\(phases)]),\n"
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
