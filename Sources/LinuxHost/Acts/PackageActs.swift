internal import ConfigFormats
internal import Glibc
internal import NodeEngine
internal import NodeState
internal import SystemPackage
internal import Systemd

/// Orders to apt and dpkg, each carried out by a unit without a sandbox in which no program of ours runs.
///
/// - Source: daemon-and-api.md 2.5.
struct PackageActs: Sendable {
    let run: UnitRun
    let files: RootedOpen

    /// A little more than the units' own limits.
    private static let installDeadline = Duration.seconds(31 * 60)
    private static let holdDeadline = Duration.seconds(12 * 60)
    /// Below this nothing is ordered: an installation that stops half-way is worse than none.
    private static let neededMiB = 500

    /// Installs what is ordered, and holds what is to be held afterwards.
    ///
    /// What dpkg then has decides, not how the program ended.
    func install(_ order: PackageOrder) throws(ChangeError) -> Effect {
        let text = try OrderFile(installing: order)
        guard try !isInstalled(order) else {
            return order.hold.isEmpty ? .alreadyTrue : try hold(order.hold)
        }
        try checkLock()
        try checkRoom()
        let what = "install \(order.packages.map(\.description).joined(separator: " "))"
        var outcome = try provision(what, text)
        if try !isInstalled(order), AptCause.areListsStale(outcome.errors) {
            // The lists name files that are gone, or do not name the package yet. Whether all can be fetched is no
            // question here: those that matter were, if the second try succeeds.
            _ = try? refresh()
            outcome = try provision(what, text)
        }
        guard try isInstalled(order) else {
            throw .failed("cannot \(what): \(AptCause.cause(in: outcome.errors))")
        }
        // Last, since a change of held packages takes their holds away without a word.
        if !order.hold.isEmpty { _ = try hold(order.hold) }
        return .applied
    }

    /// Holds packages at their versions.
    func hold(_ names: [String]) throws(ChangeError) -> Effect {
        let text = try OrderFile(holding: names)
        guard try !isHeld(names) else { return .alreadyTrue }
        try checkLock()
        let what = "hold \(names.joined(separator: " "))"
        let outcome = try ordering(what) { () throws(BusError) in
            try run.run("hold", order: text, errors: "hold", deadline: Self.holdDeadline)
        }
        guard try isHeld(names) else { throw .failed("cannot \(what): \(AptCause.cause(in: outcome.errors))") }
        return .applied
    }

    /// Fetches the lists of all repositories.
    func refresh() throws(ChangeError) -> Effect {
        let what = "fetch the lists of packages"
        let outcome = try ordering(what) { () throws(BusError) in
            try run.run("refresh", errors: "refresh", deadline: Self.installDeadline)
        }
        guard outcome.isDone else { throw .failed("cannot \(what): \(AptCause.cause(in: outcome.errors))") }
        return .applied
    }

    private func provision(_ what: String, _ order: OrderFile) throws(ChangeError) -> UnitRun.Outcome {
        try ordering(what) { () throws(BusError) in
            try run.run("provision", order: order, errors: "provision", deadline: Self.installDeadline)
        }
    }

    private func ordering(
        _ what: String, _ body: () throws(BusError) -> UnitRun.Outcome
    ) throws(ChangeError) -> UnitRun.Outcome {
        do throws(BusError) {
            return try body()
        } catch {
            throw .failed("cannot \(what): \(error)")
        }
    }

    /// Refuses while somebody else is at work with packages.
    ///
    /// Nobody is to wait for us while we wait for them: the installation of our own package holds the lock as well, and
    /// ends only when the daemon has started. The end of a holder is an event, after which it is tried again.
    private func checkLock() throws(ChangeError) {
        let holder: Int?
        do throws(ObservationError) {
            holder = try DpkgDatabase(files).lockHolder()
        } catch {
            throw .refused("cannot order packages: \(error)")
        }
        guard let holder else { return }
        throw .refused(
            "cannot order packages: process \(holder) holds dpkg's lock; it is tried again when that has ended")
    }

    private func checkRoom() throws(ChangeError) {
        let folder: FilePath = "/var/cache/apt"
        var status = statvfs()
        // Where it cannot be told, apt will tell.
        guard let directory = (try? files.directory(at: folder)) ?? nil,
            unsafe fstatvfs(directory.number, &status) == 0
        else { return }
        // In Swift a shift binds tighter than a product.
        let free = (UInt64(status.f_bavail) * UInt64(status.f_frsize)) >> 20
        guard free >= UInt64(Self.neededMiB) else {
            throw .refused("cannot order packages: \(free) MiB are free in \(folder), and \(Self.neededMiB) are needed")
        }
    }

    // MARK: dpkg's word

    private func isInstalled(_ order: PackageOrder) throws(ChangeError) -> Bool {
        let found = try status(of: order.packages.map(\.name))
        return order.packages.allSatisfy { package in
            guard let entry = found[package.name], entry.state == .installed, !entry.needsReinstall,
                entry.want == .install || entry.want == .hold
            else { return false }
            return package.version.map { $0 == entry.version } ?? true
        }
    }

    private func isHeld(_ names: [String]) throws(ChangeError) -> Bool {
        let found = try status(of: names)
        return names.allSatisfy { found[$0]?.want == .hold && found[$0]?.state == .installed }
    }

    private func status(of names: [String]) throws(ChangeError) -> DpkgStatus {
        do throws(ObservationError) {
            return try DpkgDatabase(files).status(of: Set(names))
        } catch {
            throw .failed("\(error)")
        }
    }
}
