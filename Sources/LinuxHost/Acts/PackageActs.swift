internal import ConfigFormats
internal import Glibc
internal import NodeEngine
internal import NodeState
internal import SystemPackage
internal import Systemd

/// Orders to apt and dpkg, each carried out by a unit without a sandbox in which no program of ours runs.
struct PackageActs: Sendable {
    let run: UnitRun
    let files: RootedOpen
    /// What is not to be forgotten.
    let memory: StateFolder

    /// The order that is under way: what dpkg left half done while it is there was begun by us.
    ///
    /// The requirement that reads it names the same file.
    static let ledger = "package-order"

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
        guard try isInstalled(order) else { throw AptCause.error(what, outcome.errors) }
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
        let outcome = try ordering(what, text) { () throws(BusError) in
            try run.run("hold", order: text, errors: "hold", deadline: Self.holdDeadline)
        }
        guard try isHeld(names) else { throw AptCause.error(what, outcome.errors) }
        return .applied
    }

    /// Fetches the lists of all repositories.
    func refresh() throws(ChangeError) -> Effect {
        let what = "fetch the lists of packages"
        let outcome = try ordering(what, nil) { () throws(BusError) in
            try run.run("refresh", errors: "refresh", deadline: Self.installDeadline)
        }
        guard outcome.isDone else { throw AptCause.error(what, outcome.errors) }
        return .applied
    }

    /// Has dpkg finish what an interrupted order of ours began, and apt install again what was left half installed.
    func configure() throws(ChangeError) -> Effect {
        let what = "finish the interrupted dpkg run"
        guard let order = memory.read(Self.ledger) else {
            throw .refused("cannot \(what): it was begun by another, see dpkg --audit")
        }
        guard try isUnfinished() else {
            memory.remove(Self.ledger)
            return .alreadyTrue
        }
        try checkLock()
        let outcome = try ordering(what, nil) { () throws(BusError) in
            try run.run("configure", errors: "configure", deadline: Self.installDeadline)
        }
        guard try !isUnfinished() else {
            // Whatever comes of the next try, it is still ours.
            _ = memory.write(order, to: Self.ledger)
            throw AptCause.error(what, outcome.errors)
        }
        memory.remove(Self.ledger)
        return .applied
    }

    /// Forgets an order that an earlier run of the daemon began and that left nothing half done.
    func settle() {
        guard memory.read(Self.ledger) != nil, (try? isIdle()) == true else { return }
        memory.remove(Self.ledger)
    }

    /// Whether nobody is at work with dpkg, and nothing is left half done.
    private func isIdle() throws(ObservationError) -> Bool {
        let database = DpkgDatabase(files)
        guard try database.lockHolder() == nil else { return false }
        return try !database.isUnfinished()
    }

    private func isUnfinished() throws(ChangeError) -> Bool {
        do throws(ObservationError) {
            return try DpkgDatabase(files).isUnfinished()
        } catch {
            throw .failed("\(error)")
        }
    }

    private func provision(_ what: String, _ order: OrderFile) throws(ChangeError) -> UnitRun.Outcome {
        var outcome = try ordering(what, order) { () throws(BusError) in
            try run.run("provision", order: order, errors: "provision", deadline: Self.installDeadline)
        }
        outcome.errors = PackageProgress.errors(in: outcome.errors)
        return outcome
    }

    /// Carries out an order, which is kept on the disk until dpkg has nothing of it left to do.
    private func ordering(
        _ what: String, _ order: OrderFile?, _ body: () throws(BusError) -> UnitRun.Outcome
    ) throws(ChangeError) -> UnitRun.Outcome {
        if let order, !memory.write(order.bytes, to: Self.ledger) {
            throw .waiting(.diskSpace, "cannot \(what): /var/lib/nucprep/\(Self.ledger) cannot be written")
        }
        defer { if order != nil, (try? isUnfinished()) == false { memory.remove(Self.ledger) } }
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
            throw .failed("cannot order packages: \(error)")
        }
        guard let holder else { return }
        let comm = (try? files.bytes(at: FilePath("/proc/\(holder)/comm"), limit: 64)) ?? nil
        let name = String(decoding: (comm ?? []).filter { 0x20..<0x7F ~= $0 }, as: UTF8.self)
        let who = holder == 0 ? "a process outside of this machine's" : "process \(holder)"
        throw .waiting(
            .packageLock,
            "cannot order packages: \(who)\(name.isEmpty ? "" : " (\(name))") holds dpkg's lock; "
                + "they are ordered when it is released")
    }

    private func checkRoom() throws(ChangeError) {
        let folder: FilePath = "/var/cache/apt"
        var status = statvfs()
        // Where it cannot be told, apt will tell.
        guard let directory = (try? files.directory(at: folder)) ?? nil,
            directory.withNumber({ unsafe fstatvfs($0, &status) }) == 0
        else { return }
        // In Swift a shift binds tighter than a product.
        let free = (UInt64(status.f_bavail) * UInt64(status.f_frsize)) >> 20
        guard free >= UInt64(Self.neededMiB) else {
            throw .waiting(
                .diskSpace,
                "cannot order packages: \(free) MiB are free in \(folder), and \(Self.neededMiB) are needed")
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
