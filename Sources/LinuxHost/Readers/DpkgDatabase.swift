internal import CLinux
internal import ConfigFormats
internal import Glibc
internal import NodeState
internal import Synchronization
internal import SystemPackage

/// dpkg's own files below a root, read once for each of their versions.
///
/// dpkg replaces `status` by a rename, and notes what it has done since in numbered files in `updates`: both together say
/// what is installed. Every call blocks for as long as the file system does.
///
/// - Source: dpkg(1), "Files"; dpkg `lib/dpkg/dbmodify.c` (`cleanupdates`).
final class DpkgDatabase: Sendable {
    static let statusFile: FilePath = "/var/lib/dpkg/status"
    static let updatesFolder: FilePath = "/var/lib/dpkg/updates"
    /// The lock of apt and other front ends, and dpkg's own: that is all there is of a dpkg whose front end was killed.
    static let lockFiles: [FilePath] = ["/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock"]

    /// A real one has 1 to 8 MiB.
    static let limit: Int64 = 64 << 20

    private struct Cache {
        /// The names that have been asked for: all of them are kept at each reading.
        var names: Set<String> = ["containerd", "containerd.io", "kubeadm", "kubectl", "kubelet", "runc"]
        var versions: [FileVersion] = []
        var status: Result<DpkgStatus, ObservationError>?
    }

    private let files: RootedOpen
    private let cache = Mutex(Cache())

    init(_ files: RootedOpen) { self.files = files }

    /// Everything that is installed, half installed or left of the packages in `names`, and every troubled package.
    func status(of names: Set<String> = []) throws(ObservationError) -> DpkgStatus {
        try cache.withLock { (cache) throws(ObservationError) in
            let isWider = !names.isSubset(of: cache.names)
            cache.names.formUnion(names)
            // dpkg may write its notes into the file and remove them between two looks of ours: then look again.
            for _ in 0..<3 {
                let versions = try versions()
                if !isWider, versions == cache.versions, let status = cache.status { return try status.get() }
                let status = read(keeping: cache.names)
                guard try versions == self.versions() else { continue }
                (cache.versions, cache.status) = (versions, status)
                return try status.get()
            }
            throw ObservationError(reading: Self.statusFile.string, cause: "it keeps changing")
        }
    }

    /// The process that holds the lock of dpkg and apt; 0 when it is none of this machine's processes.
    ///
    /// - Source: fcntl(2), `F_GETLK`; the lock is asked for and never taken, so a descriptor for reading does.
    func lockHolder() throws(ObservationError) -> Int? {
        for path in Self.lockFiles {
            if let holder = try lockHolder(path) { return holder }
        }
        return nil
    }

    private func lockHolder(_ path: FilePath) throws(ObservationError) -> Int? {
        do throws(Errno) {
            let file = try files.openRegular(path)
            var lock = Glibc.flock()
            lock.l_type = Int16(F_WRLCK)
            lock.l_whence = Int16(SEEK_SET)
            try file.withNumber { (number) throws(Errno) in try unsafe Errno.checkC(fcntl(number, F_GETLK, &lock)) }
            guard lock.l_type != Int16(F_UNLCK) else { return nil }
            return Int(max(lock.l_pid, 0))
        } catch {
            // Without the file nobody can hold it; the folder is there on every machine with dpkg.
            if error == .noSuchFileOrDirectory { return nil }
            throw ObservationError(reading: path.string, cause: "\(error)", errno: error)
        }
    }

    /// Whether dpkg left something half done; a trigger that waits is none, apt processes it with the next order.
    func isUnfinished() throws(ObservationError) -> Bool {
        let waiting: [DpkgStatus.State] = [.triggersAwaited, .triggersPending]
        if try hasUpdates() { return true }
        return try status().troubled.contains { $0.needsReinstall || !waiting.contains($0.state) }
    }

    /// Whether dpkg has notes that it has not yet taken in.
    func hasUpdates() throws(ObservationError) -> Bool { try !updates().isEmpty }

    /// Which versions of dpkg's files are there now.
    private func versions() throws(ObservationError) -> [FileVersion] {
        try FileVersion.all([Self.statusFile] + updates(), in: files)
    }

    /// The notes of dpkg in their order: names of digits alone, all of the same length.
    private func updates() throws(ObservationError) -> [FilePath] {
        try files.names(in: Self.updatesFolder).filter { name in name.utf8.allSatisfy { 0x30...0x39 ~= $0 } }
            .map { Self.updatesFolder.appending($0) }
    }

    private func read(keeping names: Set<String>) -> Result<DpkgStatus, ObservationError> {
        do throws(ObservationError) {
            guard var status = try status(in: Self.statusFile, keeping: names) else {
                throw ObservationError(reading: Self.statusFile.string, cause: "it is absent")
            }
            for path in try updates() {
                guard let update = try self.status(in: path, keeping: nil) else { continue }
                status = status.updated(by: update)
            }
            return .success(status)
        } catch {
            return .failure(error)
        }
    }

    /// Reads one file piece by piece; `nil` when nothing is there.
    private func status(in path: FilePath, keeping names: Set<String>?) throws(ObservationError) -> DpkgStatus? {
        do {
            let file = try files.openRegular(path)
            guard try file.status().size <= Self.limit else {
                throw Refused(cause: "it has more than \(Self.limit) bytes")
            }
            var reader = DpkgStatus.Reader(keeping: names)
            var left = Int(Self.limit)
            while case let piece = try file.read(upTo: 65_536), !piece.isEmpty {
                left -= piece.count
                guard left >= 0 else { throw Refused(cause: "it has more than \(Self.limit) bytes") }
                try reader.read(piece)
            }
            return try reader.ended()
        } catch let error as ParseError {
            throw ObservationError(reading: path.string, cause: error.description)
        } catch let error as Refused {
            throw ObservationError(reading: path.string, cause: error.cause)
        } catch let error as Errno {
            if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
            let isOther = error == .noSuchAddressOrDevice || error == .isDirectory
            let cause = isOther ? "it is no regular file" : "\(error)"
            throw ObservationError(reading: path.string, cause: cause, errno: error)
        } catch {
            throw ObservationError(reading: path.string, cause: "\(error)")
        }
    }

    private struct Refused: Error { let cause: String }
}

/// Which version of a file is there: it changes with every writing that an honest clock dates.
struct FileVersion: Equatable, Sendable {
    let path: FilePath
    let status: FileStatus

    /// The versions of those of `paths` that are there.
    static func all(_ paths: [FilePath], in files: RootedOpen) throws(ObservationError) -> [FileVersion] {
        var versions: [FileVersion] = []
        for path in paths {
            if let version = try of(path, in: files) { versions.append(version) }
        }
        return versions
    }

    /// The version at `path`, links followed; `nil` when nothing is there.
    private static func of(_ path: FilePath, in files: RootedOpen) throws(ObservationError) -> FileVersion? {
        do throws(Errno) {
            return FileVersion(path: path, status: try files.openPath(path).status())
        } catch {
            if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
            throw ObservationError(reading: path.string, cause: "\(error)", errno: error)
        }
    }
}
