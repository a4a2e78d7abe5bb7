internal import NodeAPI
internal import TextForms

/// The closed words and the forms of a status; a word that is not known could mean anything, so it means nothing.
enum StatusWords {
    private static let modes: Set = ["enforce", "observe"]
    private static let states: Set = ["starting", "running", "degraded", "stopping"]
    private static let phases: Set = ["init", "join"]
    private static let proofs: Set = ["proven", "predicted", "none"]

    /// The first word that is none of its set.
    static func unknownWord(_ status: StatusBody) -> String? {
        var typed: [(String, any WireWord)] = [("readiness.verdict", status.readiness.verdict)]
        if let lifecycle = status.node.lifecycle { typed.append(("node.lifecycle", lifecycle)) }
        if let role = status.node.role { typed.append(("node.role", role)) }
        var words = [("daemon.mode", status.daemon.mode, modes), ("daemon.state", status.daemon.state, states)]
        for body in status.requirements {
            typed += [
                ("\(body.id).severity", body.severity), ("\(body.id).verdict", body.verdict),
                ("\(body.id).now", body.now), ("\(body.id).next_boot", body.nextBoot),
            ]
            words += [
                ("\(body.id).proof", body.proof, proofs), ("\(body.id).mode", body.mode, modes),
                ("\(body.id).detected_by", body.detectedBy, DetectionCause.words),
            ]
            words += body.phases.map { ("\(body.id).phases", $0, phases) }
            for finding in body.findings {
                typed += [
                    ("\(body.id).findings.horizon", finding.horizon),
                    ("\(body.id).findings.severity", finding.severity),
                ]
            }
        }
        for (place, word) in typed where !word.isKnown { return "\(place) is \"\(word)\"" }
        for (place, word, known) in words where !known.contains(word) { return "\(place) is \"\(word)\"" }
        return nil
    }

    /// The first value that has not the form it always has.
    static func badForm(_ status: StatusBody) -> String? {
        guard isDigest(status.instance, 32) else { return "its instance is \"\(status.instance)\"" }
        guard status.generation >= 1 else { return "its generation is \(status.generation)" }
        guard !status.node.name.isEmpty else { return "it has no name" }
        guard !status.node.nucprepVersion.isEmpty else { return "it has no version" }
        guard isDigest(status.node.bootId, 32) else { return "its boot id is \"\(status.node.bootId)\"" }
        if let hash = status.facts.machineIdHash, !isDigest(hash, 32) { return "machine_id_hash is \"\(hash)\"" }
        if let hash = status.facts.configurationSha256, !isDigest(hash, 64) {
            return "configuration_sha256 is \"\(hash)\""
        }
        let traits = status.facts.traits
        guard traits.count <= 64 else { return "it has \(traits.count) traits" }
        for (name, value) in traits where name.utf8.count > 64 || value.utf8.count > 256 {
            return "one of its traits is too long"
        }
        if let word = traits["resolved"], word != "yes", word != "no" { return "resolved is \"\(word)\"" }
        var instants = [("observed_at", status.observedAt), ("daemon.started_at", status.daemon.startedAt)]
        for body in status.requirements {
            instants += [("\(body.id).since", body.since), ("\(body.id).observed_at", body.observedAt)]
            guard body.drifts >= 0 else { return "\(body.id).drifts is \(body.drifts)" }
            if let latency = body.latencyUs, latency < 0 { return "\(body.id).latency_us is \(latency)" }
            if let until = body.waiver?.until, !hasForm(until, "0000-00-00") {
                return "\(body.id).until is \"\(until)\""
            }
        }
        for (place, text) in instants where !hasForm(text, "0000-00-00T00:00:00.000000Z") {
            return "\(place) is \"\(text)\""
        }
        return nil
    }

    private static func isDigest(_ text: String, _ count: Int) -> Bool {
        Hexadecimal.isText(text, count: count, isLowercase: true)
    }

    /// Whether `text` is `form` with other digits.
    private static func hasForm(_ text: String, _ form: String) -> Bool {
        text.utf8.count == form.utf8.count
            && zip(text.utf8, form.utf8).allSatisfy { byte, model in
                model == UInt8(ascii: "0") ? (0x30...0x39).contains(byte) : byte == model
            }
    }
}
