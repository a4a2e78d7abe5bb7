internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// How swap is told, and what would end it.
extension SwapOff {
    private static let predicts = Prediction(kubeadm: "WARNING Swap", kubelet: "exits at start")

    func assessNow(_ seen: Observation) -> Assessment {
        guard !seen.areas.isEmpty else { return .met(observed: "no active swap") }
        let names = seen.areas.map(\.path.string).joined(separator: ", ")
        return .unmet(
            observed: "swap on \(names)", findings: seen.areas.map { active($0, seen) },
            proposals: seen.areas.filter { !$0.isDeleted }.map { area in
                Proposal(.disableSwap(area), .always, refusal: Self.hasRoom(area, seen) ? nil : noRoom(area, seen))
            })
    }

    private func active(_ area: SwapArea, _ seen: Observation) -> Finding {
        var finding = Finding(
            "active-area", severity: seen.isTolerated ? .warning : .error, expected: "no active swap",
            actual: "\(area.path) is active (\(area.kind), \(area.sizeKiB) KiB, \(area.usedKiB) KiB used)",
            predicts: Self.predicts, manual: ["sudo swapoff '\(area.path)'"], evidence: [Evidence("/proc/swaps")])
        if area.isDeleted {
            finding.why = "the file behind it was removed, so nothing can end it but a reboot"
            finding.remedy = "reboot"
            finding.manual = ["sudo reboot"]
        } else if !Self.hasRoom(area, seen) {
            let refusal = noRoom(area, seen)
            finding.reason = "no-room"
            finding.why = refusal.text
            finding.remedy = refusal.remedy
            // swapoff(8) would be killed half-way.
            finding.manual = []
        }
        return finding
    }

    private func noRoom(_ area: SwapArea, _ seen: Observation) -> Refusal {
        let available =
            seen.availableKiB.map { "\($0) KiB are available" } ?? "the kernel does not say what is available"
        let holders = seen.holders.isEmpty ? "" : "; in swap: " + seen.holders.joined(separator: ", ")
        return Refusal(
            .noRoom, "ending it needs \(area.neededKiB) KiB of memory, and \(available)",
            remedy: "end or restart what holds the memory, or reboot" + holders)
    }

    func assessNextBoot(_ seen: Observation) -> Assessment {
        let booted = seen.booted
        guard !booted.sources.isEmpty else {
            return .met(observed: (["nothing activates swap"] + booted.malformed).joined(separator: "; "))
        }
        return .unmet(
            observed: (booted.sources.map(\.actual) + booted.malformed).joined(separator: "; "),
            findings: booted.sources.map { source in
                Finding(
                    source.reason, severity: seen.isTolerated ? .warning : .error,
                    expected: "no swap area is activated at boot", actual: source.actual, why: why(of: source, seen),
                    predicts: Self.predicts, remedy: remedy(for: source, booted), manual: manual(of: source, booted),
                    evidence: source.evidence)
            }, proposals: changes(for: booted))
    }

    /// How it comes about; of a line of fstab, what else is wrong in that file, which nucprep leaves as it is.
    private func why(of source: SwapSource, _ seen: Observation) -> String? {
        guard case .fstab = source, let fault = seen.rootFault else { return source.why }
        return "the same file has another fault, which nucprep does not mend: \(fault.actual) (root-writable)"
    }

    /// The commands; a line of fstab is told by its text.
    private func manual(of source: SwapSource, _ booted: BootedSwap) -> [String] {
        guard case .fstab(let line, _) = source, let bytes = booted.fstab else { return source.manual }
        return [HandEdit.comment(HandEdit.line(line, of: bytes), in: "/etc/fstab"), "sudo systemctl daemon-reload"]
    }

    /// The changes in the order in which no moment exists when a reload would bring swap back: guards, file, reload.
    private func changes(for booted: BootedSwap) -> [Proposal] {
        var changes: [Change] = []
        for source in booted.sources {
            switch source {
            case .partition(_, unit: let unit?), .unit(let unit, file: _, canBeMasked: true):
                changes.append(.maskUnit(unit))
            case .partition, .unit, .zram, .kernelArgument, .fstab, .service, .cloudInit, .agent, .command: break
            }
        }
        if booted.obstacle == nil, booted.sources.contains(where: { needsDropIn($0, booted) }) {
            let edit = FileEdit(path: BootedSwap.dropInFile, before: booted.typeDropIn, after: BootedSwap.dropIn)
            changes.append(.writeFile(edit))
        }
        let lines = booted.sources.compactMap { source in
            // Without its guard the line stays: taking it out would wake what it kept asleep.
            if case .fstab(let line, _) = source, remedy(for: source, booted) == nil { line } else { nil }
        }
        if !lines.isEmpty, let bytes = booted.fstab { changes.append(.editFstab(edit(bytes, lines))) }
        for case .service(let name, _, canBeMasked: true) in booted.sources { changes.append(.maskUnit(name)) }
        if !changes.isEmpty { changes.append(.reloadSystemd) }
        return changes.map { Proposal($0, .always) }
    }

    /// Whether the drop-in for all swap units is what ends this source, or guards its end.
    private func needsDropIn(_ source: SwapSource, _ booted: BootedSwap) -> Bool {
        switch source {
        case .partition(_, unit: nil), .unit(_, file: _, canBeMasked: false), .zram, .kernelArgument: return true
        case .partition, .unit, .service, .cloudInit, .agent, .command: return false
        case .fstab:
            // With the last swap line gone the GPT generator takes over: its guard belongs to the same plan.
            guard style == .comment, !booted.isTypeStopped else { return false }
            if case .none = booted.dormantPartitions { return false }
            return true
        }
    }

    private func remedy(for source: SwapSource, _ booted: BootedSwap) -> String? {
        source.remedy ?? (needsDropIn(source, booted) ? booted.obstacle : nil)
    }

    private func edit(_ bytes: [UInt8], _ lines: [Int]) -> FileEdit {
        let fstab = Fstab(bytes: bytes)
        let after =
            switch style {
            case .comment: fstab.commenting(lines: lines)
            case .noauto: fstab.addingNoAuto(lines: lines)
            }
        return FileEdit(path: "/etc/fstab", before: bytes, after: after)
    }
}

extension SwapSource {
    var reason: String {
        switch self {
        case .fstab: "fstab-entry"
        case .partition: "gpt-auto"
        case .unit: "swap-unit"
        case .zram: "zram"
        case .service: "swap-service"
        case .cloudInit: "cloud-init-swap"
        case .kernelArgument: "kernel-argument"
        case .agent: "agent-swap"
        case .command: "swap-command"
        }
    }

    var actual: String {
        switch self {
        case .fstab(let line, let spec): "/etc/fstab:\(line) activates \(spec)"
        case .partition(let path, _): "\(path) is activated by systemd-gpt-auto-generator"
        case .unit(let name, _, _): "the unit \(name) is enabled"
        case .zram(let name, _): "zram-generator makes /dev/\(name)"
        case .service(let name, _, _): "\(name) turns swap on"
        case .cloudInit: "cloud-init makes a swap file"
        case .agent: "waagent makes a swap file on the resource disk"
        case .command(let sighting): sighting.actual
        case .kernelArgument(let value): "systemd.swap-extra=\(value) stands on the kernel command line"
        }
    }

    var why: String? {
        switch self {
        case .partition: "fstab names no swap area, so the generator looks for partitions itself"
        case .fstab, .unit, .zram, .service, .cloudInit, .kernelArgument, .agent, .command: nil
        }
    }

    /// What a person must do where no change of ours does it.
    var remedy: String? {
        switch self {
        case .cloudInit(let evidence): "set size: 0 below swap: in \(evidence.path)"
        case .agent: "set ResourceDisk.EnableSwap=n in /etc/waagent.conf"
        case .command(let sighting): sighting.remedy
        case .kernelArgument: "take the argument out of the boot loader's configuration"
        case .service(let name, _, canBeMasked: false): "switch \(name) off; its own file is in the way of a mask"
        case .fstab, .partition, .unit, .zram, .service: nil
        }
    }

    var manual: [String] {
        switch self {
        case .fstab: ["sudoedit /etc/fstab", "sudo systemctl daemon-reload"]
        case .partition(_, unit: let unit?): ["sudo systemctl mask '\(unit)'"]
        case .partition(let path, _): ["sudo sfdisk --part-attrs DISK NUMBER GUID:63   # of \(path)"]
        case .unit(let name, _, _): ["sudo systemctl disable '\(name)'", "sudo systemctl mask '\(name)'"]
        case .zram(_, let file): ["sudo truncate -s 0 '\(file)'"]
        case .service(let name, _, canBeMasked: true): ["sudo systemctl mask '\(name)'"]
        case .service(let name, _, canBeMasked: false): ["sudo systemctl disable --now '\(name)'"]
        case .cloudInit(let evidence): ["sudoedit '\(evidence.path)'   # take its swap: section out"]
        case .agent: ["sudo sed -i 's/^ResourceDisk.EnableSwap=.*/ResourceDisk.EnableSwap=n/' /etc/waagent.conf"]
        case .command(let sighting): sighting.manual
        case .kernelArgument: []
        }
    }

    var evidence: [Evidence] {
        switch self {
        case .fstab(let line, _): [Evidence("/etc/fstab", line: line)]
        case .partition: [Evidence("/etc/fstab")]
        case .unit(_, let file, _): [Evidence(file)]
        case .zram(_, let file): [Evidence(file)]
        case .service(_, let link, _): [Evidence(link)]
        case .cloudInit(let evidence), .agent(let evidence): [evidence]
        case .command(let sighting): [sighting.evidence]
        case .kernelArgument: [Evidence("/proc/cmdline")]
        }
    }
}
