package import NodeState
internal import SystemPackage

/// A source of time keeps the clock right, now and after a reboot.
///
/// A clock that is right without a daemon of this machine, as by PTP or by a hypervisor, is right now all the same.
/// - Source: org.freedesktop.timedate1(5), `NTPSynchronized`; systemd-timesyncd.service(8); kubeadm#240.
package struct ClockSynchronised: Requirement {
    package static let entry = CatalogEntry(
        "clock-synchronised", group: "node", title: "A time server keeps the clock right", severity: .warning,
        why: "certificates of a clock that runs ahead are not yet valid on the other nodes",
        source: "org.freedesktop.timedate1(5); systemd-timesyncd.service(8); kubeadm#240",
        checks:
            "Whether systemd-timedated says that the clock is synchronised; for the next boot, whether systemd-timesyncd, chrony, ntpsec, ntp or openntpd starts.",
        manual: ["timedatectl", "sudo timedatectl set-ntp true"])

    static let timesyncd = "systemd-timesyncd.service"
    private static let daemons = [
        timesyncd, "chrony.service", "chronyd.service", "ntpsec.service", "ntp.service", "openntpd.service",
    ]

    package let inputs: [Input] = daemons.map { .unit($0) } + BootedUnits.inputs

    package init(_ configuration: Configuration) {}

    /// The clock, and who keeps it.
    package struct Observation: Equatable, Sendable {
        var isSynchronised = false
        /// The service that runs, or that starts at the next boot; `nil` when none does.
        var daemon: String?
        /// The service that is there and does not; one that somebody installed goes before systemd's own.
        var stopped: String?
        var isMasked = false
        /// Why it does not start at the next boot.
        var obstacle: StartObstacle?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation()
        if horizon == .now {
            seen.isSynchronised = try await host.kernel.isClockSynchronised()
            guard !seen.isSynchronised else { return seen }
            for name in Self.daemons {
                guard let unit = try await host.units.unit(name) else { continue }
                if unit.active == "active" { seen.daemon = name }
                (seen.stopped, seen.isMasked) = (name, unit.load == "masked")
            }
            return seen
        }
        var units = try await BootedUnits(host)
        var undecided: String?
        for name in Self.daemons where try await units.file(of: name) != nil {
            switch try await units.start(of: name) {
            case .starts:
                seen.daemon = name
                return seen
            case .undecided(let cause): undecided = cause
            case .fails(let obstacle): (seen.stopped, seen.obstacle) = (name, obstacle)
            }
        }
        if let undecided { throw ObservationError(reading: "what keeps the time after a boot", cause: undecided) }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        if seen.isSynchronised { return .met(observed: "synchronised") }
        if let daemon = seen.daemon {
            guard horizon == .now else { return .met(observed: "\(daemon) starts at boot") }
            let finding = Finding(
                "not-synchronised", severity: .warning, expected: "\(daemon) has synchronised the clock",
                actual: "\(daemon) is running, and the clock is not synchronised",
                remedy: "give it a time server that it reaches; just after a boot, wait a minute",
                manual: [daemon == Self.timesyncd ? "timedatectl timesync-status" : "timedatectl"])
            return .unmet(observed: finding.actual, findings: [finding], proposals: [])
        }
        guard let stopped = seen.stopped else {
            let finding = Finding(
                "no-daemon", severity: .warning, expected: "a service that sets the clock by a time server",
                actual: horizon == .now
                    ? "the clock is not synchronised, and no service for that is there"
                    : "no service that sets the clock is there",
                remedy: "install systemd-timesyncd or chrony",
                manual: ["sudo apt-get install -y systemd-timesyncd", "sudo timedatectl set-ntp true"])
            return .unmet(observed: finding.actual, findings: [finding], proposals: [])
        }
        let isOurs = stopped == Self.timesyncd
        if let obstacle = seen.obstacle {
            var finding = obstacle.finding(of: stopped, package: nil, severity: .warning)
            let isEnabledByUs = isOurs && obstacle.endsWithEnable
            if !isEnabledByUs, finding.remedy == nil { finding.remedy = "enable it" }
            return .unmet(
                observed: finding.actual, findings: [finding],
                proposals: isEnabledByUs ? [Proposal(.enableUnit(stopped), .always)] : [])
        }
        let finding = Finding(
            "stopped", severity: .warning, expected: "\(stopped) is running",
            actual: "the clock is not synchronised, and \(stopped) is \(seen.isMasked ? "masked" : "not running")",
            remedy: seen.isMasked ? "unmask and start it" : "start it",
            manual: (seen.isMasked ? ["sudo systemctl unmask \(stopped)"] : []) + ["sudo systemctl start \(stopped)"])
        return .unmet(
            observed: finding.actual, findings: [finding],
            proposals: isOurs && !seen.isMasked ? [Proposal(.startUnit(stopped), .always)] : [])
    }
}
