internal import CLinux
internal import Glibc
package import NodeState
package import SystemPackage

/// Opens files beneath one directory as if that were the root: no link and no `..` leads out.
///
/// The live machine is the root `/`: out of that nothing leads, so openat(2) does, which the sandbox of the service leaves
/// alone; systemd's RestrictSUIDSGID= takes openat2 away. Needs no privilege. Every call blocks for as long as the file
/// system does.
///
/// - Source: openat2(2), `RESOLVE_IN_ROOT`; systemd.exec(5), `RestrictSUIDSGID=`.
package final class RootedOpen: Sendable {
    private let root: Descriptor
    private let isLive: Bool

    /// The path of the root as it was given.
    package let path: FilePath

    /// Opens `root`.
    ///
    /// - Throws: when it is no directory, or cannot be opened.
    package init(root path: FilePath) throws(ObservationError) {
        do throws(Errno) {
            root = Descriptor(
                try Errno.calling {
                    try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec])
                })
        } catch {
            throw ObservationError(reading: path.string, cause: "\(error)", errno: error)
        }
        self.path = path
        isLive = path == "/"
    }

    /// The bytes of a file, links followed; `nil` when nothing is there.
    ///
    /// - Throws: when something is there that is no regular file, is larger than `limit`, or cannot be read.
    package func bytes(at path: FilePath, limit: Int) throws(ObservationError) -> [UInt8]? {
        try bytes(at: path, limit: limit) { _ in nil }
    }

    /// The same, of a file that nothing is to be said against: `fault` is asked about it once it is open, before it is
    /// read, and answers why it must not be taken.
    ///
    /// - Throws: also what `fault` answers.
    package func bytes(
        at path: FilePath, limit: Int, fault: (FileStatus) -> String?
    ) throws(ObservationError) -> [UInt8]? {
        var found: String?
        return try reading(path) { () throws(Errno) in
            let file = try openRegular(path) { status throws(Errno) in
                found = fault(status)
                if found != nil { throw .permissionDenied }
            }
            // Files of /proc say they have no bytes: only the end of the reading tells.
            guard let bytes = try file.readAll(limit: limit) else { throw .fileTooLarge }
            return bytes
        } describing: { error in
            switch error {
            case .isDirectory: "it is a directory"
            case .noSuchAddressOrDevice: "it is no regular file"
            case .fileTooLarge: "it has more than \(limit) bytes"
            default: found ?? "\(error)"
            }
        }
    }

    /// The first bytes of a file, links followed, `limit` bytes at the most; `nil` when nothing is there.
    ///
    /// - Throws: when something is there that is no regular file, or cannot be read.
    package func beginning(of path: FilePath, limit: Int) throws(ObservationError) -> [UInt8]? {
        try reading(path) { () throws(Errno) in
            try openRegular(path).readBeginning(limit: limit)
        } describing: { error in
            switch error {
            case .isDirectory: "it is a directory"
            case .noSuchAddressOrDevice: "it is no regular file"
            default: "\(error)"
            }
        }
    }

    /// The first `limit` bytes of a script, links followed; `nil` for what is no regular file or does not begin with `#!`.
    ///
    /// - Throws: when a file is there and cannot be read.
    package func script(at path: FilePath, limit: Int) throws(ObservationError) -> [UInt8]? {
        let bytes = try reading(path) { () throws(Errno) -> [UInt8] in
            do throws(Errno) {
                let file = try openRegular(path)
                let mark = try file.readBeginning(limit: 2)
                return mark == Array("#!".utf8) ? mark + (try file.readBeginning(limit: limit - 2)) : []
            } catch {
                guard error == .isDirectory || error == .noSuchAddressOrDevice else { throw error }
                return []
            }
        }
        return bytes.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What stands at `path`, its last link not followed; `nil` when nothing is there.
    package func kind(of path: FilePath) throws(ObservationError) -> FileKind? {
        try reading(path) { () throws(Errno) in
            switch try status(of: path, follows: false).kind {
            case .regular: return .regular
            case .directory: return .directory
            case .other: return .other
            case .link: break
            }
            let file = try open(path, CLINUX_PATH_ONLY | O_NOFOLLOW)
            // It may be another thing by now.
            switch try file.status().kind {
            case .regular: return .regular
            case .directory: return .directory
            case .other: return .other
            case .link: return .link(try file.linkTarget())
            }
        }
    }

    /// The target of a link as it is written; `nil` when nothing is there, or no link.
    package func linkTarget(of path: FilePath) throws(ObservationError) -> FilePath? {
        guard case .link(let target) = try kind(of: path) else { return nil }
        return target
    }

    /// The names in a directory, sorted bytewise, without `.` and `..`; empty when nothing is there.
    ///
    /// - Throws: also when one of them is not UTF-8.
    package func names(in folder: FilePath) throws(ObservationError) -> [String] {
        let names = try reading(folder) { () throws(Errno) in
            try openDirectory(folder).directoryNames()
        } describing: { error in
            error == .illegalByteSequence ? "one of its names is not UTF-8 text" : "\(error)"
        }
        return names ?? []
    }

    /// The room of the file system that `path` is on, links followed; `nil` when nothing is there.
    package func room(at path: FilePath) throws(ObservationError) -> FileSystemRoom? {
        try reading(path) { () throws(Errno) in
            let file = try openPath(path)
            var room = clinux_room()
            let result = file.withNumber { unsafe clinux_room($0, &room) }
            guard result >= 0 else { throw Errno(rawValue: -result) }
            return FileSystemRoom(
                mebibytes: Int(room.bytes >> 20), availableMebibytes: Int(room.available >> 20),
                inodes: Int(clamping: room.inodes), freeInodes: Int(clamping: room.free_inodes))
        }
    }

    /// Whether directories of the file system that `path` is on say of what kind their entries are: those of the nearest
    /// folder that has any, from `path` upwards; `nil` when none has.
    package func hasEntryTypes(at path: FilePath) throws(ObservationError) -> Bool? {
        var place = path
        var device: UInt64?
        while true {
            let seen = try reading(place) { () throws(Errno) in
                let folder = try openDirectory(place)
                let result = folder.withNumber { clinux_has_entry_types($0) }
                guard result >= 0 || result == -ENODATA else { throw Errno(rawValue: -result) }
                return (device: try folder.status().device, answer: result)
            }
            if let seen {
                // A folder above is of use as long as it is on the same file system.
                if let device, device != seen.device { return nil }
                if seen.answer >= 0 { return seen.answer == 1 }
                device = seen.device
            }
            guard place.removeLastComponent() else { return nil }
        }
    }

    /// When a file was last changed, links followed: the later of mtime and ctime, in microseconds since 1970.
    package func modified(_ path: FilePath) throws(ObservationError) -> Int? {
        try reading(path) { () throws(Errno) in
            try status(of: path, follows: true).changedAt
        }
    }

    /// Whether `path` leads to a regular file with an execute bit, links followed; `nil` when nothing is there.
    package func isExecutable(_ path: FilePath) throws(ObservationError) -> Bool? {
        try reading(path) { () throws(Errno) in
            let status = try status(of: path, follows: true)
            return status.kind == .regular && status.permissions & 0o111 != 0
        }
    }

    /// The file at `path`, or the nearest folder above it, whose mode is closed to other users; `nil` when there is none.
    ///
    /// - Source: path_resolution(7): to pass a folder takes its search permission.
    package func barrier(to path: FilePath) throws(ObservationError) -> FilePath? {
        let found = try reading(path) { () throws(Errno) -> FilePath? in
            let file = try openPath(path)
            guard let place = try location(of: file) else { return nil }
            guard try file.status().permissions & 0o004 != 0 else { return place }
            var folder = place.removingLastComponent()
            while !folder.components.isEmpty {
                guard try openPath(folder).status().permissions & 0o001 != 0 else { return folder }
                folder.removeLastComponent()
            }
            return nil
        }
        return found ?? nil
    }

    /// Opens a directory, to wait for its events or to change its entries; `nil` when nothing is there.
    package func directory(at path: FilePath) throws(ObservationError) -> Descriptor? {
        do throws(Errno) {
            return try openDirectory(path)
        } catch {
            if Self.meansAbsent(error) { return nil }
            throw ObservationError(reading: path.string, cause: "\(error)", errno: error)
        }
    }

    /// Opens a regular file to read it, whoever may have made what is there: the opening neither waits nor takes a
    /// terminal, and before anything is read the file is asked what it is.
    ///
    /// - Throws: `EISDIR` and `ENXIO` for anything but a regular file, and what `judge` throws.
    func openRegular(
        _ path: FilePath, judge: (FileStatus) throws(Errno) -> Void = { _ in }
    ) throws(Errno) -> Descriptor {
        let file = try open(path, Descriptor.reading)
        let status = try file.status()
        guard status.kind == .regular else { throw status.kind == .directory ? .isDirectory : .noSuchAddressOrDevice }
        try judge(status)
        return file
    }

    /// Opens a directory, to read its names or to change them.
    func openDirectory(_ path: FilePath) throws(Errno) -> Descriptor {
        try open(path, Descriptor.reading | O_DIRECTORY)
    }

    /// What is at `path`; on the live machine without opening anything, which watches of the file would hear.
    private func status(of path: FilePath, follows: Bool) throws(Errno) -> FileStatus {
        guard isLive else { return try open(path, CLINUX_PATH_ONLY | (follows ? 0 : O_NOFOLLOW)).status() }
        return try root.status(of: path, flags: follows ? 0 : AT_SYMLINK_NOFOLLOW)
    }

    /// Names what is at `path`, links followed, without opening it.
    package func openPath(_ path: FilePath) throws(Errno) -> Descriptor { try open(path, CLINUX_PATH_ONLY) }

    /// Opens a value beneath `/proc/sys` to write it.
    func openValue(_ path: FilePath) throws(Errno) -> Descriptor {
        let file = try open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        guard try file.status().kind == .regular else { throw .noSuchAddressOrDevice }
        return file
    }

    /// Opens `path` with the flags of open(2); close-on-exec is among them.
    private func open(_ path: FilePath, _ flags: Int32) throws(Errno) -> Descriptor {
        try Descriptor(
            taking: root.withNumber { number in
                isLive
                    ? unsafe clinux_open(number, path.string, flags)
                    : unsafe clinux_open_in_root(number, path.string, flags)
            })
    }

    /// Where what is open is beneath the root, links resolved; `nil` when it is not beneath it, or was removed.
    ///
    /// - Source: proc(5), /proc/self/fd.
    func location(of file: borrowing Descriptor) throws(Errno) -> FilePath? {
        let base = try Self.realPath(of: root)
        var path = try Self.realPath(of: file)
        guard path.removePrefix(base) else { return nil }
        // What was removed keeps its old path, with a word behind it.
        guard try file.status().links > 0 else { return nil }
        return FilePath(root: "/", path.components)
    }

    // A path that leads through a file leads nowhere, as one that ends in nothing; and of a process that ends while its
    // file in /proc is open there is nothing to read.
    private static func meansAbsent(_ error: Errno) -> Bool {
        error == .noSuchFileOrDirectory || error == .notDirectory || error == .noSuchProcess
    }

    private static func realPath(of file: borrowing Descriptor) throws(Errno) -> FilePath {
        try file.withNumber { (number) throws(Errno) in
            // The path is absolute: which directory it is asked of does not matter.
            try file.linkTarget(of: "/proc/self/fd/\(number)")
        }
    }

    private func reading<Value>(
        _ path: FilePath, _ body: () throws(Errno) -> Value, describing: (Errno) -> String = { "\($0)" }
    ) throws(ObservationError) -> Value? {
        do throws(Errno) {
            return try body()
        } catch {
            if Self.meansAbsent(error) { return nil }
            throw ObservationError(reading: path.string, cause: describing(error), errno: error)
        }
    }
}
