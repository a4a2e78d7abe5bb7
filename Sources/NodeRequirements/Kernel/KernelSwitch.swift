internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// A sysctl that must be 1, now and at every boot: what bridge-sysctls and ip-forward have in common.
struct KernelSwitch: Equatable, Sendable {
    /// The key with dots.
    var key: String
    /// What it weighs when it is not 1.
    var severity = Severity.error
    /// kubeadm's name for the same check; `nil` when it has none.
    var kubeadmCheck: String?
    /// Other places below `/proc/sys` that are the same variable.
    var aliases: [String] = []

    /// The places below `/proc/sys` that are this variable, its own first.
    var paths: [String] { [SysctlFile.path(of: key)] + aliases }
    /// Where its value is read.
    var file: FilePath { FilePath("/proc/sys/\(paths[0])") }

    static let bridgeIPv4 = "net.bridge.bridge-nf-call-iptables"
    static let bridgeIPv6 = "net.bridge.bridge-nf-call-ip6tables"
    static let forward = "net.ipv4.ip_forward"

    /// The value in the running kernel, without white space around it; `nil` when the kernel has no such key.
    func value(_ host: HostView) async throws(ObservationError) -> String? {
        try await host.files.text(at: file).map { text in
            String(text.drop(while: \.isWhitespace).prefix { !$0.isWhitespace })
        }
    }

    /// The finding for another value than 1.
    func wrongValue(_ value: String?) -> Finding {
        Finding(
            "value", severity: severity, expected: "\(key) is 1",
            actual: value.map { "\(key) is \($0)" } ?? "the kernel has no \(key)",
            predicts: Prediction(kubeadm: kubeadmCheck.map { "ERROR \($0)" }),
            remedy: value == nil ? "load the module that brings it, or boot a kernel that has it" : nil,
            manual: ["sudo sysctl -w \(key)=1"], evidence: [Evidence(file)])
    }

    /// Sets the running kernel's value.
    var proposal: Proposal { Proposal(.writeSysctl(key: key, value: "1"), .always) }

    /// The finding for the next boot; `nil` when it sets 1, and a line that names the key says so.
    ///
    /// A pattern alone is not enough: it gives way as soon as somebody names the key.
    func atBoot(_ seen: SysctlsAtBoot) -> Finding? {
        let winner = seen.booted.winner(of: paths)
        let isSet = winner?.isSet(to: "1") ?? false
        guard !isSet || !seen.booted.names(paths, as: "1") else { return nil }
        var finding = Finding(
            "not-persisted", severity: severity, expected: "the next boot sets \(key) to 1",
            actual: "no file of sysctl.d sets \(key)",
            predicts: Prediction(kubeadm: kubeadmCheck.map { "ERROR \($0)" }),
            manual: seen.setting(self), evidence: [Evidence(BootedSysctls.ownFile)])
        if let winner {
            let line = winner.evidence.line ?? 1
            finding.actual = "\(winner.evidence.path):\(line) sets \(winner.path) to \(winner.value ?? "")"
            finding.evidence = [winner.evidence]
            if isSet {
                finding.why = "a wildcard is overridden by any line that sets this key by name"
            } else {
                finding.reason = "overridden"
            }
            if seen.planned.winner(of: paths)?.isSet(to: "1") != true {
                finding.remedy = "take that line out, or set it to 1; it is read after the file of nucprep"
                finding.manual = seen.commenting(winner.evidence)
            }
        } else if let line = seen.deadLine(of: paths) {
            finding.why = "/etc/sysctl.conf:\(line) says it, and nothing reads that file at boot"
        }
        if let obstacle = seen.obstacle { finding.remedy = obstacle }
        return finding
    }
}

/// What stands in the way of a value that the files are right about.
extension KernelSwitch {
    /// Everything that keeps the next boot from ending with 1.
    func findingsAtBoot(_ seen: SysctlsAtBoot) -> [Finding] {
        if let finding = atBoot(seen) { return [finding] }
        if let reader = seen.reader { return [reader] }
        return seen.later(than: self, isCertain: true).map { setting in
            Finding(
                "overridden-later", severity: severity,
                expected: "nothing sets \(key) to another value than 1 after the boot",
                actual: setting.actual, why: "it is set after systemd-sysctl, or in no order with it",
                predicts: Prediction(kubeadm: kubeadmCheck.map { "ERROR \($0)" }),
                remedy: "take that line out of \(setting.evidence.path), or set the value to 1",
                manual: ["sed -n '\(setting.evidence.line ?? 1)p' '\(setting.evidence.path)'"],
                evidence: [setting.evidence])
        }
    }

    /// The error for what may set another value later; `nil` when nothing does.
    func doubt(_ seen: SysctlsAtBoot, waiving requirement: String) -> ObservationError? {
        guard let setting = seen.later(than: self, isCertain: false).first else { return nil }
        return ObservationError(
            predicting: "\(key) of the next boot",
            doubt: Finding(
                "overridden-later", severity: severity,
                expected: "nothing sets \(key) to another value than 1 after the boot",
                actual: "it is possible that \(setting.actual); the files alone do not decide it",
                remedy:
                    "take that line out of \(setting.evidence.path); where it does no harm, waive \(requirement) in nucprep.toml",
                manual: ["sed -n '\(setting.evidence.line ?? 1)p' '\(setting.evidence.path)'"],
                evidence: [setting.evidence]))
    }
}

/// What the next boot sets, without and with our own file as it is to be.
struct SysctlsAtBoot: Equatable, Sendable {
    var booted: BootedSysctls
    /// The bytes of our own file; `nil` when it is absent.
    var ownBytes: [UInt8]?
    /// Where a person sets a value.
    var handFile = HandFile(path: "/etc/sysctl.d/k8s.conf")
    /// What keeps our file from being written, and what to do; `nil` when nothing does.
    var obstacle: String?
    /// The text of /etc/sysctl.conf where no link in sysctl.d leads to it.
    var deadText: String?
    /// What is set after all that.
    var later: [LaterSysctl] = []
    /// Why systemd-sysctl does not read any of it; `nil` when it does.
    var reader: Finding?

    var planned: BootedSysctls { booted.adding(own: String(decoding: Self.ownText, as: UTF8.self)) }

    /// Our file: forwarding first, since switching it resets what is set for single interfaces.
    ///
    /// It goes by both of its names: a value that an earlier file gave already keeps its earlier place, so a hardening
    /// guide's `net.ipv4.conf.all.forwarding = 0` in between would win over the one name alone.
    static let ownText = OwnFile.text(
        about: "what bridged and forwarded packets of pods need, sysctl.d(5)",
        lines: [
            KernelSwitch.forward, "net.ipv4.conf.all.forwarding", KernelSwitch.bridgeIPv4, KernelSwitch.bridgeIPv6,
        ].map { "\($0) = 1" })

    /// What everything here is read from.
    static let inputs: [Input] = BootedSysctls.inputs + LaterSysctls.inputs

    /// The settings that come later and do not leave a switch at 1; the last one that is certain settles it.
    func later(than toggle: KernelSwitch, isCertain: Bool) -> [LaterSysctl] {
        later.filter { toggle.paths.contains($0.path) && $0.isCertain == isCertain && $0.differs(from: "1") }
    }

    /// Reads it for some switches.
    ///
    /// - Throws: when a file is there and cannot be read, or when the files are right about all switches and nobody can
    ///   tell whether something sets another value later.
    static func observe(
        _ host: HostView, for switches: [KernelSwitch], of requirement: String
    ) async throws(ObservationError) -> SysctlsAtBoot {
        var seen = try await observe(host)
        seen.later = try await LaterSysctls.read(host)
        switch try await BootedUnits.start(of: "systemd-sysctl.service", on: host) {
        case .starts: break
        case .fails(let obstacle):
            seen.reader = obstacle.finding(ofReader: "systemd-sysctl.service", folder: "sysctl.d")
        case .undecided(let cause): throw ObservationError(reading: "what starts systemd-sysctl.service", cause: cause)
        }
        guard switches.allSatisfy({ $0.findingsAtBoot(seen).isEmpty }) else { return seen }
        for toggle in switches {
            if let doubt = toggle.doubt(seen, waiving: requirement) { throw doubt }
        }
        return seen
    }

    private static func observe(_ host: HostView) async throws(ObservationError) -> SysctlsAtBoot {
        var seen = SysctlsAtBoot(booted: try await BootedSysctls.predict(host))
        seen.handFile = try await HandFile.choose(in: "sysctl.d", host)
        if case .link(let target) = try await host.files.kind(of: BootedSysctls.ownFile) {
            seen.obstacle = "remove \(BootedSysctls.ownFile), which is a link to \(target)"
        } else {
            seen.ownBytes = try await host.files.bytes(at: BootedSysctls.ownFile)
        }
        if let bytes = try await host.files.bytes(at: "/etc/sysctl.conf") {
            let text = String(decoding: bytes, as: UTF8.self)
            // It counts through a link alone, and is then among the files with the same text.
            if !seen.booted.files.contains(where: { $0.text == text }) { seen.deadText = text }
        }
        return seen
    }

    /// A line for the key at the end of a person's own file, and for its other names where that alone does not win: a
    /// value that an earlier file gave already keeps its earlier place.
    func setting(_ toggle: KernelSwitch) -> [String] {
        let aliases = toggle.aliases.map { String($0.map { $0 == "/" ? "." : $0 }) }
        let lines = ([toggle.key] + aliases).map { "\($0) = 1" }
        let present = String(decoding: handFile.bytes ?? [], as: UTF8.self)
        let edited = booted.adding("\(present)\n\(lines[0])", at: handFile.path)
        let isEnough = edited.winner(of: toggle.paths)?.isSet(to: "1") ?? false
        return handFile.appending(isEnough ? [lines[0]] : lines)
    }

    /// The line at `place` commented out by its own text.
    func commenting(_ place: Evidence) -> [String] {
        let text = booted.files.first { $0.path == place.path }?.text ?? ""
        return [HandEdit.comment(HandEdit.line(place.line ?? 1, of: Array(text.utf8)), in: place.path)]
    }

    /// Who has the last word on a switch, in words; `nil` when nobody says a word.
    func word(on toggle: KernelSwitch) -> String? {
        booted.winner(of: toggle.paths).map { winner in
            "\(toggle.key) = \(winner.value ?? "") by \(winner.evidence.path):\(winner.evidence.line ?? 0)"
        }
    }

    /// The line of a /etc/sysctl.conf that nobody reads.
    func deadLine(of paths: [String]) -> Int? {
        deadText.flatMap { text in SysctlFile(parsing: text).entries.last { paths.contains($0.path) }?.line }
    }

    /// Our own file, when it is not as it is to be and would set one of these switches that is not set.
    func proposals(for switches: [KernelSwitch]) -> [Proposal] {
        guard obstacle == nil, ownBytes != Self.ownText else { return [] }
        let planned = planned
        let helps = switches.contains { toggle in
            toggle.atBoot(self) != nil && planned.winner(of: toggle.paths)?.isSet(to: "1") == true
        }
        guard helps else { return [] }
        let edit = FileEdit(path: BootedSysctls.ownFile, before: ownBytes, after: Self.ownText)
        return [Proposal(.writeFile(edit), .always)]
    }
}
