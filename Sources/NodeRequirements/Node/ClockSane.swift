package import NodeState
internal import SystemPackage

/// The clock is not in the past.
///
/// A board whose battery is empty starts at the day on which its firmware or its systemd was built.
/// - Source: systemd `src/basic/time-epoch` (`clock_apply_epoch`); kubeadm#240.
package struct ClockSane: Requirement {
    package static let entry = CatalogEntry(
        "clock-sane", group: "node", title: "The clock is not in the past",
        why:
            "certificates that are made with such a clock are not yet valid on the other nodes, and tokens end at once",
        source: "systemd.io, clock epoch; kubeadm#240; kubernetes v1.28.1, date of the release",
        checks:
            "The clock against the day on which Kubernetes 1.28.1 was released, and against the last change of dpkg's list of packages.",
        manual: ["timedatectl", "sudo timedatectl set-time '2026-07-29 12:00:00'"])

    static let packages: FilePath = "/var/lib/dpkg/status"
    /// 2023-08-24, in microseconds since 1970.
    private static let release = 1_692_835_200_000_000
    /// What a change of the time zone of a board's clock can make.
    private static let tolerance = 86_400_000_000

    package let inputs: [Input] = [.path(packages)]

    package init(_ configuration: Configuration) {}

    /// Instants in microseconds since 1970.
    package struct Observation: Equatable, Sendable {
        var now: Int
        /// When dpkg's list was last changed; `nil` when there is none.
        var packagesChanged: Int?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        Observation(
            now: try await host.kernel.today(), packagesChanged: try await host.files.modified(Self.packages))
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: "the clock of a boot is not known before it") }
        let today = CalendarDay.text(seconds: seen.now / 1_000_000)
        var finding = Finding(
            "before-release", expected: "the present time", actual: "the clock says \(today)",
            why: "Kubernetes 1.28.1 was released on \(CalendarDay.text(seconds: Self.release / 1_000_000))",
            predicts: Prediction(kubeadm: "makes certificates that are not yet valid elsewhere"),
            remedy: "set the clock, and replace the battery of the board if it is wrong again after a power cut",
            manual: Self.entry.manual)
        if seen.now >= Self.release {
            guard let changed = seen.packagesChanged, seen.now < changed - Self.tolerance else {
                return .met(observed: today)
            }
            finding.reason = "before-packages"
            finding.why = "packages were installed on \(CalendarDay.text(seconds: changed / 1_000_000))"
            finding.evidence = [Evidence(Self.packages)]
        }
        return .unmet(observed: today, findings: [finding], proposals: [])
    }
}
