internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The kubelet knows the arguments that its unit gives it.
///
/// - Source: kubernetes CHANGELOG-1.12 to CHANGELOG-1.28, "removed"; kubernetes.io, "kubelet".
package struct KubeletArguments: Requirement {
    package static let entry = CatalogEntry(
        "kubelet-arguments", group: "packages", title: "The kubelet knows all of its arguments",
        why: "a flag of an older tutorial makes the kubelet exit at each start, and init or join waits for it in vain",
        source: "kubernetes CHANGELOG-1.24 and CHANGELOG-1.27, removed kubelet flags; kubernetes/website#34755",
        checks:
            "ExecStart of kubelet.service with its drop-ins, Environment and EnvironmentFile (/etc/default/kubelet, /var/lib/kubelet/kubeadm-flags.env) in systemd's order: flags and feature gates that were removed up to 1.28, words that are no flags, an environment file that is not there.",
        manual: ["systemctl cat kubelet", "sudoedit /etc/default/kubelet", "sudo systemctl restart kubelet"])

    package let inputs: [Input] = KubeletCommand.inputs

    package init(_ configuration: Configuration) {}

    /// What was seen of the command line.
    package struct Observation: Equatable, Sendable {
        var command = KubeletCommand()
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        Observation(command: try await KubeletCommand.read(host))
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard seen.command.file != nil else { return .notApplicable(because: "there is no kubelet.service") }
        let findings =
            missing(seen.command) + unknownFlags(seen.command) + unknownGates(seen.command) + strays(seen.command)
        guard !findings.isEmpty else {
            return .met(observed: "\(seen.command.flags.count) arguments, none of them removed")
        }
        return .unmet(
            observed: findings.map(\.actual).joined(separator: "; "), findings: findings, proposals: [])
    }

    private func finding(
        _ reason: String, _ actual: String, says: String, remedy: String, _ evidence: Evidence
    ) -> Finding {
        Finding(
            reason, expected: "the kubelet starts with its arguments", actual: actual,
            predicts: Prediction(kubeadm: "waits for the kubelet and gives up", kubelet: "exits: \(says)"),
            remedy: remedy,
            manual: ["sudoedit \(evidence.path)", "sudo systemctl daemon-reload", "sudo systemctl restart kubelet"],
            evidence: [evidence])
    }

    private func missing(_ command: KubeletCommand) -> [Finding] {
        command.missing.map { file in
            finding(
                "environment-file-missing", "\(file.text) is not there, and the unit needs it",
                says: "systemd does not start it", remedy: "make the file, or put - before its name", file.evidence)
        }
    }

    private func unknownFlags(_ command: KubeletCommand) -> [Finding] {
        command.flags.filter { Self.removedFlags.contains($0.name) }.map { flag in
            finding(
                "unknown-argument", "--\(flag.name) is an argument that the kubelet of 1.28 does not know",
                says: "unknown flag: --\(flag.name)", remedy: "take --\(flag.name) out of \(flag.evidence.path)",
                flag.evidence)
        }
    }

    private func unknownGates(_ command: KubeletCommand) -> [Finding] {
        command.flags.filter { $0.name == "feature-gates" }.flatMap { flag in
            (flag.value ?? "").split(separator: ",").compactMap { pair in
                let gate = String(pair.prefix { $0 != "=" }).filter { !$0.isWhitespace }
                guard Self.removedGates.contains(gate) else { return nil }
                return finding(
                    "unknown-gate", "the feature gate \(gate) was removed before 1.28",
                    says: "unrecognized feature gate: \(gate)", remedy: "take \(gate) out of --feature-gates",
                    flag.evidence)
            }
        }
    }

    /// Words that belong to no flag: the kubelet takes the first one for a command that it does not have.
    private func strays(_ command: KubeletCommand) -> [Finding] {
        var findings: [Finding] = []
        for (index, word) in command.words.enumerated() where !word.text.hasPrefix("-") && !word.text.isEmpty {
            let before = index > 0 ? command.words[index - 1].text : ""
            let takesValue =
                before.hasPrefix("-") && !before.contains("=")
                && !Self.switches.contains(String(before.drop { $0 == "-" }).replacing("_", with: "-"))
            guard !takesValue else { continue }
            findings.append(
                finding(
                    "stray-word", "\"\(word.text)\" belongs to no argument", says: "unknown command \(word.text)",
                    remedy: before.hasPrefix("--") ? "write \(before)=\(word.text)" : "take it out", word.evidence))
        }
        return findings
    }
}
