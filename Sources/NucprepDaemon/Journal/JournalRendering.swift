internal import NodeAPI
internal import NodeEngine
internal import NodeState
internal import TextForms

extension JournalEntry {
    /// The entry that tells of an occurrence.
    init(_ occurrence: Occurrence) {
        switch occurrence {
        case .drift(let id, let horizon, let expected, let actual, let cause, let latency):
            self.init(
                .drift, "\(id): \(horizon == .now ? "" : "next boot: ")\(Text.cut(actual))",
                [
                    "REQUIREMENT": id.name, "HORIZON": horizon.wire.rawValue, "VERDICT": "unmet",
                    "EXPECTED": Text.cut(expected), "ACTUAL": Text.cut(actual), "DETECTED_BY": cause.rawValue,
                    "LATENCY_US": latency.map(String.init) ?? "unknown",
                ])
        case .fixed(let id, let change, let duration):
            self.init(
                .fixed, "\(id): \(change.text) (\(duration / 1000) ms)",
                [
                    "REQUIREMENT": id.name, "CHANGE": change.kind, "OBJECT": change.object,
                    "DURATION_US": String(duration),
                ])
        case .fixFailed(let id, let change, let cause):
            self.init(
                .fixFailed, "\(id): could not \(change.text): \(Text.cut(cause))",
                [
                    "REQUIREMENT": id.name, "CHANGE": change.kind, "OBJECT": change.object, "CAUSE": Text.cut(cause),
                    "REMEDY": change.manual.joined(separator: "; "),
                ])
        case .waiting(let id, let change, let cause):
            self.init(
                .waiting, "\(id): waiting to \(change.text): \(Text.cut(cause))",
                [
                    "REQUIREMENT": id.name, "CHANGE": change.kind, "OBJECT": change.object, "CAUSE": Text.cut(cause),
                ])
        case .stopped(.some(let stop)):
            let process = if case .kubeadm(let process) = stop { process } else { nil as KubeadmProcess? }
            self.init(
                .stopped, Text.cut(stop.text),
                [
                    "CAUSE": Text.cut(stop.text), "STOPPED_BY": process.map { String($0.pid) } ?? "unknown",
                    "SINCE": process?.startedAt.map(InstantText.rfc3339) ?? "unknown",
                ])
        case .stopped(nil):
            self.init(.resumed, "kubeadm has exited; what differs from what is required is changed again")
        case .unreadable(let id, let horizon, let error):
            self.init(
                .unreadable, "\(id): \(Text.cut(error.description))",
                ["REQUIREMENT": id.name, "HORIZON": horizon.wire.rawValue, "CAUSE": Text.cut(error.description)])
        case .contested(let id):
            self.init(
                .contested, "\(id): another process keeps reverting this change; retries back off",
                ["REQUIREMENT": id.name])
        case .calm(let id):
            self.init(.calm, "\(id): quiet for ten minutes", ["REQUIREMENT": id.name])
        case .lifecycle(let former, let present):
            let (before, after) = (former?.wire.rawValue ?? "unknown", present?.wire.rawValue ?? "unknown")
            self.init(.lifecycle, "the node was \(before) and is \(after)", ["FROM": before, "TO": after])
        case .missed(let id):
            self.init(.missed, "\(id): the periodic check found this; no watch reported it", ["REQUIREMENT": id.name])
        case .predictionFailed(let id, let actual):
            self.init(
                .drift, "\(id): was predicted to hold after this boot, and does not: \(Text.cut(actual))",
                [
                    "REQUIREMENT": id.name, "HORIZON": WireHorizon.nextBoot.rawValue, "VERDICT": "unmet",
                    "EXPECTED": "what was predicted before the reboot", "ACTUAL": Text.cut(actual),
                    "DETECTED_BY": Cause.boot.rawValue, "LATENCY_US": "unknown",
                ])
        }
    }
}

extension JournalEntry {
    /// The daemon has begun.
    static func started(version: String, mode: Mode) -> JournalEntry {
        JournalEntry(
            .started, "nucprepd \(version) keeps this node ready (\(mode.rawValue))",
            ["VERSION": version, "MODE": mode.rawValue])
    }

    /// A watch could not be set.
    static func watchLost(_ name: String, cause: String) -> JournalEntry {
        JournalEntry(.watchLost, cause, ["OBJECT": name, "CAUSE": cause])
    }

    /// The configuration was read again and is in force.
    static func configLoaded(mode: Mode) -> JournalEntry {
        JournalEntry(
            .configLoaded, "configuration reloaded", ["MODE": mode.rawValue])
    }

    /// One thing is wrong with the configuration.
    static func configRejected(_ problem: String) -> JournalEntry {
        JournalEntry(.configRejected, problem, ["CAUSE": problem])
    }

    /// A replaced file was written once more; what was written is kept as `backup`, or the message says why it is not.
    static func lateWrite(_ message: String, object: String, backup: String?) -> JournalEntry {
        JournalEntry(.lateWrite, message, ["OBJECT": object, "BACKUP": backup ?? "none"])
    }
}
