import NodeState
import NodeTesting
import SystemPackage

@testable import NodeEngine

/// Requirements of one file each: it says "good", or it is to be written so.
private func observe(_ path: FilePath, _ host: HostView, _ horizon: Horizon) async throws(ObservationError) -> String {
    let text = try await host.files.text(at: horizon == .now ? path : FilePath("\(path).boot"))
    return text ?? "absent"
}

private func assess(_ path: FilePath, _ text: String, _ horizon: Horizon, _ autoClass: AutoClass) -> Assessment {
    guard !text.hasPrefix("good") else { return .met(observed: text) }
    let place = horizon == .now ? path : FilePath("\(path).boot")
    let edit = FileEdit(path: place, before: Array(text.utf8), after: Array("good".utf8))
    return .unmet(
        observed: text, findings: [Finding("bad", expected: "good", actual: text)],
        proposals: [Proposal(.writeFile(edit), autoClass)])
}

struct Alpha: Requirement {
    static let entry = CatalogEntry("alpha", group: "test", title: "alpha is good", why: "a test", source: "a test")
    static let path: FilePath = "/etc/alpha"
    let inputs: [Input] = [.path(path)]
    init(_ configuration: Configuration) {}
    func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> String {
        try await NodeEngineTests.observe(Self.path, host, horizon)
    }
    func assess(_ text: String, at horizon: Horizon) -> Assessment {
        NodeEngineTests.assess(Self.path, text, horizon, .always)
    }
}

/// It needs alpha, and only a node of no cluster may be changed for it.
struct Beta: Requirement {
    static let entry = CatalogEntry(
        "beta", group: "test", title: "beta is good", prerequisites: ["alpha"], why: "a test", source: "a test")
    static let path: FilePath = "/etc/beta"
    let inputs: [Input] = [.path(path)]
    init(_ configuration: Configuration) {}
    func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> String {
        try await NodeEngineTests.observe(Self.path, host, horizon)
    }
    func assess(_ text: String, at horizon: Horizon) -> Assessment {
        NodeEngineTests.assess(Self.path, text, horizon, .untilJoined)
    }
}

/// A host with the files of both, each as it is given.
func sampleHost(alpha: String = "good", beta: String = "good") -> FakeHost {
    FakeHost([
        "/etc/alpha": .text(alpha), "/etc/alpha.boot": .text("good"), "/etc/beta": .text(beta),
        "/etc/beta.boot": .text("good"),
    ])
}

/// A control that writes into `host`.
func obeying(_ host: FakeHost) -> FakeControl {
    FakeControl { (change) throws(ChangeError) in
        guard case .writeFile(let edit) = change else { throw .failed("only files are written here") }
        host.set(edit.path, to: .text(String(decoding: edit.after, as: UTF8.self)))
        return .applied
    }
}

/// A control that fails of everything.
func failing() -> FakeControl { FakeControl { (_) throws(ChangeError) in throw .failed("the disk is full") } }

let samples: [any Requirement] = [Alpha(Configuration()), Beta(Configuration())]

/// A step of a plan for what is not looked into further.
func step(_ id: RequirementID = "alpha", _ change: Change = .loadModule("overlay"), _ autoClass: AutoClass = .always)
    -> Plan.Step
{
    Plan.Step(requirement: id, horizon: .now, proposal: Proposal(change, autoClass))
}

/// The look of one requirement at a host that answers with these.
func look(
    _ id: RequirementID = "alpha", prerequisites: [RequirementID] = [], replacesOthers: Bool = false,
    now: Result<Assessment, ObservationError> = .success(.met(observed: "good")),
    nextBoot: Result<Assessment, ObservationError> = .success(.met(observed: "good")), evidence: String = "e1"
) -> Look {
    Look(
        entry: CatalogEntry(
            id, group: "test", title: "good", prerequisites: prerequisites, replacesOthers: replacesOthers,
            why: "a test", source: "a test"),
        now: now, nextBoot: nextBoot, evidence: evidence)
}

let unmet = Result<Assessment, ObservationError>.success(
    .unmet(
        observed: "bad", findings: [Finding("bad", expected: "good", actual: "bad")],
        proposals: [Proposal(.loadModule("overlay"), .always)]))
let unreadable = Result<Assessment, ObservationError>.failure(ObservationError(reading: "/etc/alpha", cause: "no"))
