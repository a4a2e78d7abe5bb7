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
            predicts: Self.predicts, manual: ["swapoff '\(area.path)'"], evidence: [Evidence("/proc/swaps")])
        if area.isDeleted {
            finding.why = "the file behind it was removed, so nothing can end it but a reboot"
            finding.remedy = "reboot"
            finding.manual = ["reboot"]
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
                    expected: "no swap area is activated at boot", actual: source.actual, why: source.why,
                    predicts: Self.predicts, remedy: source.remedy, manual: source.manual, evidence: source.evidence)
            }, proposals: changes(for: booted))
    }

    /// The changes in the order in which no moment exists when a reload would bring swap back: guards, file, reload.
    private func changes(for booted: BootedSwap) -> [Proposal] {
        var changes: [Change] = []
        var needsDropIn = false
        for source in booted.sources {
            switch source {
            case .partition(_, unit: let unit?), .unit(let unit, file: _, canBeMasked: true):
                changes.append(.maskUnit(unit))
            case .partition, .unit, .zram, .kernelArgument: needsDropIn = true
            case .fstab, .service, .cloudInit: break
            }
        }
        let lines = booted.sources.compactMap { if case .fstab(let line, _) = $0 { line } else { nil } }
        if !lines.isEmpty, style == .comment, !booted.isTypeStopped {
            // With the last swap line gone the GPT generator takes over: its guard belongs to the same plan.
            if case .none = booted.dormantPartitions {} else { needsDropIn = true }
        }
        if needsDropIn { changes.append(.writeFile(dropIn(over: booted.typeDropIn))) }
        if !lines.isEmpty, let bytes = booted.fstab { changes.append(.editFstab(edit(bytes, lines))) }
        for case .service(let name, _) in booted.sources { changes.append(.maskUnit(name)) }
        if !changes.isEmpty { changes.append(.reloadSystemd) }
        return changes.map { Proposal($0, .always) }
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

    private func dropIn(over present: [UInt8]?) -> FileEdit {
        let text = OwnFile.text(
            about: "every swap unit is skipped, systemd.unit(5)",
            lines: ["[Unit]", "ConditionPathExists=\(BootedSwap.condition)"])
        return FileEdit(path: BootedSwap.dropInFile, before: present, after: text)
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
        }
    }

    var actual: String {
        switch self {
        case .fstab(let line, let spec): "/etc/fstab:\(line) activates \(spec)"
        case .partition(let path, _): "\(path) is activated by systemd-gpt-auto-generator"
        case .unit(let name, _, _): "the unit \(name) is enabled"
        case .zram(let name, _): "zram-generator makes /dev/\(name)"
        case .service(let name, _): "\(name) turns swap on"
        case .cloudInit: "cloud-init makes a swap file"
        case .kernelArgument(let value): "systemd.swap-extra=\(value) stands on the kernel command line"
        }
    }

    var why: String? {
        switch self {
        case .partition: "fstab names no swap area, so the generator looks for partitions itself"
        case .fstab, .unit, .zram, .service, .cloudInit, .kernelArgument: nil
        }
    }

    /// What a person must do where no change of ours does it.
    var remedy: String? {
        switch self {
        case .cloudInit: "take the key swap: out of cloud-init's configuration, or switch cloud-init off"
        case .kernelArgument: "take the argument out of the boot loader's configuration"
        case .fstab, .partition, .unit, .zram, .service: nil
        }
    }

    var manual: [String] {
        switch self {
        case .fstab(let line, _): ["sed -i '\(line)s/^/#/' /etc/fstab", "systemctl daemon-reload"]
        case .partition(_, unit: let unit?): ["systemctl mask '\(unit)'"]
        case .partition(let path, _): ["sfdisk --part-attrs DISK NUMBER GUID:63 for \(path)"]
        case .unit(let name, _, _): ["systemctl disable '\(name)'", "systemctl mask '\(name)'"]
        case .zram(_, let file): ["make \(file) empty"]
        case .service(let name, _): ["systemctl mask '\(name)'"]
        case .cloudInit: ["touch /etc/cloud/cloud-init.disabled"]
        case .kernelArgument: []
        }
    }

    var evidence: [Evidence] {
        switch self {
        case .fstab(let line, _): [Evidence("/etc/fstab", line: line)]
        case .partition: [Evidence("/etc/fstab")]
        case .unit(_, let file, _): [Evidence(file)]
        case .zram(_, let file): [Evidence(file)]
        case .service(_, let link): [Evidence(link)]
        case .cloudInit(let evidence): [evidence]
        case .kernelArgument: [Evidence("/proc/cmdline")]
        }
    }
}
