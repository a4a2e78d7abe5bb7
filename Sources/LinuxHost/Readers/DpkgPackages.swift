internal import ConfigFormats
package import NodeState
internal import Synchronization
internal import SystemPackage

/// The packages of a machine, from dpkg's own files, and what apt would do.
///
/// - Source: dpkg(1), dpkg-query(1), apt-cache(8).
package final class DpkgPackages: PackageReading {
    /// The state of the one entry named `dpkg` that stands for a journal not yet taken in.
    package static let interrupted = "interrupted"

    private let files: RootedOpen
    private let database: DpkgDatabase
    private let record: RecordedAnswers?
    private let askApt: @Sendable () async throws(ObservationError) -> String

    private struct Answer {
        var versions: [FileVersion]
        var text: Result<String, ObservationError>
        var at: ContinuousClock.Instant
    }
    private let answer = Mutex<Answer?>(nil)

    /// The packages beneath a root.
    ///
    /// - Parameters:
    ///   - files: the files beneath the root.
    ///   - record: what a recorded host answers for its lock and for apt; `nil` on the live machine.
    ///   - policy: has `apt-cache policy` run for the three packages; asked when something it rests on has changed.
    package init(
        files: RootedOpen, record: RecordedAnswers? = nil,
        policy: @escaping @Sendable () async throws(ObservationError) -> String = { () async throws(ObservationError) in
            throw ObservationError(reading: "apt-cache policy", cause: "nothing runs it here")
        }
    ) {
        self.files = files
        self.record = record
        database = DpkgDatabase(files)
        askApt = policy
    }

    package func package(_ name: String) throws(ObservationError) -> InstalledPackage? {
        guard let entry = try database.status(of: [name])[name], entry.state != .notInstalled else { return nil }
        return InstalledPackage(entry)
    }

    package func troubled() throws(ObservationError) -> [InstalledPackage] {
        let packages = try database.status().troubled.map { InstalledPackage($0) }
        guard try database.hasUpdates() else { return packages }
        return packages + [InstalledPackage(name: "dpkg", version: "", state: Self.interrupted)]
    }

    package func lockHolder() throws(ObservationError) -> Int? {
        guard let record else { return try database.lockHolder() }
        return try record.lockHolder()
    }

    package func policy() async throws(ObservationError) -> String {
        if let record { return try record.policy() }
        let before = try versions()
        if let text = known(before) { return try text.get() }
        let text: Result<String, ObservationError>
        do throws(ObservationError) {
            text = .success(try await askApt())
        } catch {
            text = .failure(error)
        }
        // What changed meanwhile is asked for again at the next look.
        if try versions() == before {
            answer.withLock { $0 = Answer(versions: before, text: text, at: .now) }
        }
        return try text.get()
    }

    /// The last answer while it holds; a failure holds for a minute, since its cause may lie elsewhere.
    private func known(_ versions: [FileVersion]) -> Result<String, ObservationError>? {
        answer.withLock { answer in
            guard let answer, answer.versions == versions else { return nil }
            if case .failure = answer.text, answer.at.duration(to: .now) > .seconds(60) { return nil }
            return answer.text
        }
    }

    /// The files that apt's answer rests on, in their present versions.
    ///
    /// - Source: apt.conf(5), "Directories"; apt_preferences(5), sources.list(5).
    private func versions() throws(ObservationError) -> [FileVersion] {
        var paths: [FilePath] = [
            DpkgDatabase.statusFile, "/etc/apt/apt.conf", "/etc/apt/preferences", "/etc/apt/sources.list",
            // apt renames its lists into place, which changes the folder.
            "/var/lib/apt/lists",
        ]
        for folder: FilePath in ["/etc/apt/apt.conf.d", "/etc/apt/preferences.d", "/etc/apt/sources.list.d"] {
            paths.append(folder)
            paths += try files.names(in: folder).map { folder.appending($0) }
        }
        return try FileVersion.all(paths, in: files)
    }
}

extension InstalledPackage {
    init(_ entry: DpkgStatus.Entry) {
        self.init(
            name: entry.name, version: entry.version ?? "", want: entry.want.rawValue,
            flag: entry.needsReinstall ? "reinstreq" : "ok", state: entry.state.rawValue)
    }
}
