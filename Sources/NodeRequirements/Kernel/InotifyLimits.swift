package import NodeState
internal import SystemPackage

/// Enough inotify instances and watches can be had, now and after a boot.
///
/// A limit is raised and never lowered: the file that nucprep writes is read before those of others, so that whoever wants
/// more gets it.
/// - Source: inotify(7), /proc interfaces; kernel, fs/notify/inotify/inotify_user.c: 128 instances of a user by default, and
///   as many watches as the memory allows.
package struct InotifyLimits: Requirement {
    package static let entry = CatalogEntry(
        "inotify-limits", group: "kernel", title: "There are enough inotify instances and watches", severity: .warning,
        why: "the kubelet and what follows logs stop with \"too many open files\"", source: "inotify(7)",
        checks:
            "fs.inotify.max_user_instances, at least 8192, and fs.inotify.max_user_watches, at least 65536, in the kernel and in sysctl.d.",
        manual: limits.map { "echo '\($0.key) = \($0.least)' | sudo tee -a /etc/sysctl.d/k8s.conf" }
            + ["sudo sysctl --system"])

    /// The file that nucprep owns.
    static let file: FilePath = "/etc/sysctl.d/10-nucprep-inotify.conf"
    /// The keys with the least value of each.
    private static let limits = [
        (key: "fs.inotify.max_user_instances", least: 8192), (key: "fs.inotify.max_user_watches", least: 65_536),
    ]

    package let inputs: [Input] = limits.map { .sysctl(Self.place($0.key)) } + BootedSysctls.inputs

    package init(_ configuration: Configuration) {}

    private static func path(_ key: String) -> String { String(key.map { $0 == "." ? "/" : $0 }) }
    private static func place(_ key: String) -> FilePath { FilePath("/proc/sys/\(path(key))") }

    /// One limit.
    package struct Limit: Equatable, Sendable {
        var key: String
        var least: Int
        /// What the kernel has now.
        var present: Int
        /// What it has at this horizon; `nil` when no file sets it, since a kernel computes its own anew.
        var value: Int?
        /// The line that sets it at boot.
        var line: Evidence?
    }

    /// Both limits, and our own file.
    package struct Observation: Equatable, Sendable {
        var limits: [Limit] = []
        var ownFile: [UInt8]?
        /// Whether something stands in the place of our file that is none.
        var isBlocked = false
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation()
        let booted = horizon == .nextBoot ? try await BootedSysctls.predict(host) : nil
        for (key, least) in Self.limits {
            let place = Self.place(key)
            guard let text = try await host.files.text(at: place), let now = Int(text.prefix { $0.isNumber }) else {
                throw ObservationError(reading: place.string, cause: "it is absent or no number")
            }
            var limit = Limit(key: key, least: least, present: now, value: now)
            if let booted {
                let winner = booted.winner(of: [Self.path(key)])
                limit.line = winner?.evidence
                limit.value = winner.map { Int(($0.value ?? "").prefix { $0.isNumber }) ?? 0 }
            }
            seen.limits.append(limit)
        }
        if horizon == .nextBoot {
            let kind = try await host.files.kind(of: Self.file)
            seen.isBlocked = kind != nil && kind != .regular
            if kind == .regular { seen.ownFile = try await host.files.bytes(at: Self.file) }
        }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let observed = seen.limits.map { "\($0.key) \($0.value.map { "\($0)" } ?? "not set")" }.joined(separator: ", ")
        let short = seen.limits.filter { $0.value ?? 0 < $0.least }
        guard !short.isEmpty else { return .met(observed: observed) }
        // A line of somebody's own comes after ours.
        let others = short.contains { $0.line != nil && $0.line?.path != Self.file }
        let isOurs = horizon == .now || !others && !seen.isBlocked
        let findings = short.map { limit in
            var finding = Finding(
                "too-few", severity: .warning, expected: "\(limit.key) is at least \(limit.least)",
                actual: horizon == .now
                    ? "\(limit.key) is \(limit.present)" : "no file of sysctl.d sets \(limit.key)",
                manual: ["sudo sysctl -w \(limit.key)=\(limit.least)"], evidence: [Evidence(Self.place(limit.key))])
            guard horizon == .nextBoot else { return finding }
            finding.manual = ["echo '\(limit.key) = \(limit.least)' | sudo tee -a /etc/sysctl.d/k8s.conf"]
            if let line = limit.line {
                finding.actual = "\(line.path):\(line.line ?? 1) sets \(limit.key) to \(limit.value ?? 0)"
                finding.evidence = [line]
            }
            if !isOurs { finding.remedy = "raise it in the file of sysctl.d that is read last" }
            return finding
        }
        var proposals: [Proposal] = []
        if horizon == .now {
            proposals = short.map { Proposal(.writeSysctl(key: $0.key, value: "\($0.least)"), .always) }
        } else if isOurs {
            let lines = seen.limits.filter { short.contains($0) || $0.line?.path == Self.file }
            let text = OwnFile.text(
                about: "limits of inotify(7), which a later file may raise further",
                lines: lines.map { "\($0.key) = \(max($0.least, $0.present))" })
            proposals = [
                Proposal(.writeFile(FileEdit(path: Self.file, before: seen.ownFile, after: text)), .always)
            ]
        }
        return .unmet(observed: observed, findings: findings, proposals: proposals)
    }
}
