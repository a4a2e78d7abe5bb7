internal import NodeState
internal import SystemPackage

/// How it is told that a unit does not start at the next boot.
extension StartObstacle {
    /// The finding for a unit that ought to start.
    ///
    /// - Parameters:
    ///   - unit: the unit.
    ///   - package: the Debian package that brings it; `nil` where nobody need install it again.
    ///   - severity: what it weighs.
    ///   - predicts: what the cluster's programs will do.
    /// - Returns: the finding, with the way out where there is one.
    func finding(
        of unit: String, package: String?, severity: Severity = .error, predicts: Prediction = Prediction()
    ) -> Finding {
        var finding = Finding(
            reason, severity: severity, expected: "\(unit) starts at boot", actual: text(of: unit), why: why,
            predicts: predicts, evidence: evidence.map { [$0] } ?? [])
        let name = unit.hasSuffix(".service") ? String(unit.dropLast(".service".count)) : unit
        let reinstall = package.map { ["sudo apt-get install --reinstall \($0)"] } ?? []
        switch reason {
        case "masked":
            finding.remedy = "unmask it; nucprep does not override a mask"
            finding.manual = ["sudo systemctl unmask \(name)", "sudo systemctl enable \(name)"]
            if evidence?.path == "/proc/cmdline" {
                finding.remedy = "take the word out of the kernel command line"
                finding.manual = ["sudoedit /etc/default/grub", "sudo update-grub"]
            } else if let file = evidence?.path, !file.starts(with: "/etc") {
                finding.remedy = "install the unit again; its file is empty or leads to /dev/null"
                finding.manual = reinstall
            }
        case "disabled":
            finding.manual = ["sudo systemctl enable \(name)"]
            if let inTheWay {
                finding.remedy = "remove what stands there, and enable the unit"
                finding.manual = ["sudo rm -r \(inTheWay)", "sudo systemctl enable \(name)"]
            } else if !endsWithEnable {
                finding.remedy = package.map { "install \($0) with its unit" } ?? "bring its unit file back"
                finding.manual = reinstall + finding.manual
            }
        case "program-missing":
            finding.remedy = package.map { "install \($0) again, or correct the command of the unit" }
            finding.manual = ["systemctl cat \(name)"] + reinstall
        case "no-exec-start", "bad-setting":
            finding.remedy = "correct the unit or its drop-ins"
            finding.manual = ["systemctl cat \(name)", "systemd-analyze verify \(unit)"] + reinstall
        case "condition":
            finding.remedy = "make the condition hold, or take it out of the unit"
            finding.manual = ["systemctl cat \(name)"]
        case "not-reached-from-default-target":
            finding.remedy = "boot into multi-user.target, or enable the unit there"
            finding.manual = ["sudo systemctl set-default multi-user.target", "sudo systemctl reenable \(name)"]
        default:
            finding.remedy = "see what the unit requires and conflicts with"
            finding.manual = ["systemctl cat \(name)"]
        }
        return finding
    }

    /// What is so, with the unit's name where the text does not say it.
    func text(of unit: String) -> String {
        switch reason {
        case "disabled" where actual == Self.unwanted: "nothing starts \(unit) at boot"
        case "disabled" where actual == Self.noFile: "there is no \(unit)"
        default: actual
        }
    }

    /// The finding about a service of systemd that reads a folder at boot.
    ///
    /// It has no [Install] section: a link that the package ships draws it in, and there is nothing to enable.
    func finding(ofReader unit: String, folder: String) -> Finding {
        var finding = finding(of: unit, package: "systemd")
        finding.why = "without it nothing reads \(folder) at boot"
        switch reason {
        case "masked": finding.manual.removeAll { $0.hasPrefix("sudo systemctl enable") }
        case "disabled" where inTheWay == nil:
            finding.remedy = "let sysinit.target want it again, as the package of systemd does"
            finding.manual = ["sudo systemctl add-wants sysinit.target \(unit)"]
        default: break
        }
        return finding
    }
}
