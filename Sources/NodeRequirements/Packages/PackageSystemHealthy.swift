internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// dpkg has finished what it began, nobody is at work with it, and apt's sources stop nothing.
///
/// A trigger that waits to be processed is no trouble: apt processes it with the next order.
/// - Source: dpkg(1), "Information about packages"; dpkg `lib/dpkg/dbmodify.c` for the journal in `updates`.
package struct PackageSystemHealthy: Requirement {
    package static let entry = CatalogEntry(
        "package-system-healthy", group: "packages", title: "dpkg and apt work",
        why:
            "apt refuses every order while a package is half installed or two of its sources contradict each other, and waits while another program holds the lock",
        source: "dpkg(1), Information about packages; fcntl(2), F_GETLK; sources.list(5), Signed-By",
        checks:
            "Status of every package in /var/lib/dpkg/status, the journal /var/lib/dpkg/updates, who holds /var/lib/dpkg/lock-frontend, and entries of apt's sources that contradict each other or name a disc.",
        manual: ["dpkg --audit", "sudo dpkg --configure -a", "sudo apt-get -f install"])

    private let wanted: WantedRepository
    private let prerequisites: [String]
    package let inputs: [Input] = DpkgEvidence.inputs + AptSourceFiles.inputs + [.path(ownOrder)]

    /// The order of packages that the daemon has under way, kept over a power cut.
    private static let ownOrder: FilePath = "/var/lib/nucprep/package-order"

    package init(_ configuration: Configuration) {
        wanted = WantedRepository(configuration)
        prerequisites = configuration.packages.prerequisites
    }

    /// What dpkg has not finished, and who is at work.
    package struct Observation: Equatable, Sendable {
        var troubled: [InstalledPackage] = []
        /// The process that holds the lock; 0 when it is not one of this machine's.
        var holder: Int?
        /// The name of that process, where it is known.
        var holderName: String?
        /// Whether what is unfinished was begun by an order of the daemon that was interrupted.
        var isOurs = false
        /// What in apt's sources stops apt.
        var faults: [SourceFault] = []
        /// All packages are there as they are to be: nothing waits for the lock.
        var isSettled = false
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation(troubled: try await host.packages.troubled())
        if seen.troubled.contains(where: { !Self.isTriggered($0) }) {
            seen.isOurs = try await host.files.kind(of: Self.ownOrder) == .regular
        }
        seen.holder = try await host.packages.lockHolder()
        if let holder = seen.holder, holder > 0 {
            // The process may end between the two looks, and its name is told only.
            let comm = try? await host.files.text(at: FilePath("/proc/\(holder)/comm"))
            seen.holderName = comm.map {
                String($0.unicodeScalars.filter { 0x20..<0x7F ~= $0.value }.map(Character.init))
            }
        }
        let apt = try await host.packages.package("apt")?.version
        seen.faults = SourceFault.all(
            in: try await AptSourceFiles.read(host).entries,
            isBeforeApt3: apt.map { DebianVersion($0) < DebianVersion("3.0~") } ?? false)
        seen.isSettled = await isSettled(host)
        return seen
    }

    /// Whether nothing is to be installed, as far as dpkg can say.
    private func isSettled(_ host: HostView) async -> Bool {
        guard await SettledPackages.areSettled(wanted, host),
            let tools = try? await SeenPackage.all(prerequisites, host)
        else { return false }
        return tools.allSatisfy(\.isGood)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let unfinished = seen.troubled.filter { !Self.isTriggered($0) }
        let triggered = seen.troubled.filter(Self.isTriggered)
        var findings = seen.faults.map(\.finding)
        // A lock ends with the boot; what its holder was in the middle of does not.
        let isLocked = horizon == .now || !unfinished.isEmpty
        var proposals: [Proposal] = []
        if let holder = seen.holder, isLocked {
            findings.append(locked(holder, seen, unfinished))
        } else {
            var left = Self.reasons.compactMap { finding($0, unfinished) }
            if seen.isOurs, !left.isEmpty {
                for index in left.indices {
                    left[index].why = "an order of nucprep was interrupted, as by a power cut"
                    left[index].remedy = nil
                }
                proposals = [Proposal(.configurePackages, .withConsent(.packages))]
            }
            findings += left
        }
        guard findings.isEmpty else {
            return .unmet(
                observed: findings.map(\.actual).joined(separator: "; "), findings: findings, proposals: proposals)
        }
        let observed = "no package is half installed"
        guard !triggered.isEmpty else { return .met(observed: observed) }
        return .met(observed: "\(observed); triggers wait in \(Self.names(triggered))")
    }

    private func locked(_ holder: Int, _ seen: Observation, _ unfinished: [InstalledPackage]) -> Finding {
        let who = holder == 0 ? "a process that cannot be seen from here" : "process \(holder)"
        let name = seen.holderName.map { " (\($0))" } ?? ""
        return Finding(
            "locked", severity: seen.isSettled ? .info : .error, expected: "no other process holds the lock of dpkg",
            actual: "\(who)\(name) holds the lock of dpkg",
            why: unfinished.isEmpty ? nil : "it is in the middle of \(Self.names(unfinished))",
            remedy: seen.isSettled
                ? "nothing: all packages are installed, and kubeadm and the kubelet do not use dpkg"
                : "wait until it has ended; nucprep goes on then, and never removes a lock",
            manual: holder == 0 ? [] : ["ps -fp \(holder)"], evidence: [Evidence("/var/lib/dpkg/lock-frontend")])
    }

    private static func isTriggered(_ package: InstalledPackage) -> Bool {
        package.flag == "ok" && ["triggers-awaited", "triggers-pending"].contains(package.state)
    }

    /// The reasons, in the order of telling.
    private static let reasons = ["interrupted", "half-installed", "half-configured", "reinstall-required"]

    private static func reason(_ package: InstalledPackage) -> String {
        if package.state == InstalledPackage.interrupted { return "interrupted" }
        if package.state == "half-installed" { return "half-installed" }
        return package.flag == "ok" ? "half-configured" : "reinstall-required"
    }

    /// The packages with one reason in one finding: an interrupted upgrade leaves hundreds.
    private func finding(_ reason: String, _ unfinished: [InstalledPackage]) -> Finding? {
        let packages = unfinished.filter { Self.reason($0) == reason }
        guard !packages.isEmpty else { return nil }
        let names = Self.names(packages)
        var finding = Finding(
            reason, expected: "every package is installed whole or not at all", actual: "",
            remedy: "finish the interrupted dpkg run: dpkg --configure -a", manual: ["sudo dpkg --configure -a"],
            evidence: [DpkgEvidence.status])
        switch reason {
        case "interrupted":
            finding.actual = "dpkg was interrupted, and its journal is not taken in"
            finding.evidence = [Evidence("/var/lib/dpkg/updates")]
        case "half-installed":
            finding.actual = "half installed: \(names)"
            finding.remedy = "install it again, or remove it"
            finding.manual = ["sudo apt-get install --reinstall \(packages[0].name)"]
        case "half-configured": finding.actual = "not configured: \(names)"
        default:
            finding.actual = "broken, and to be installed again: \(names)"
            finding.remedy = "install it again"
            finding.manual = ["sudo apt-get install --reinstall \(packages[0].name)"]
        }
        return finding
    }

    /// The names, ten of them at the most.
    private static func names(_ packages: [InstalledPackage]) -> String {
        let shown = packages.prefix(10).map(\.name).joined(separator: ", ")
        return packages.count > 10 ? "\(shown) and \(packages.count - 10) more" : shown
    }
}

extension InstalledPackage {
    /// The state under which the port tells of dpkg's journal, by the name `dpkg`.
    static let interrupted = "interrupted"
}
