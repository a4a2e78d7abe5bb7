internal import CLinux
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// The file that a path leads to, as a name in an open directory; there may be nothing yet.
final class CommitTarget: Sendable {
    let directory: Descriptor
    let name: String
    /// The directory beneath the root, its links resolved.
    let place: FilePath
    /// The path that was asked for, by which errors and backups name the file.
    let path: FilePath

    init(directory: consuming Descriptor, name: String, place: FilePath, path: FilePath) {
        self.directory = directory
        self.name = name
        self.place = place
        self.path = path
    }
}

/// What stands under a name: which file, and its bytes when it is a regular file that could be read.
struct CommitContent: Sendable {
    let status: FileStatus
    let bytes: [UInt8]?

    /// Whether it is the same file and nobody has changed it.
    func isSame(as other: CommitContent) -> Bool {
        status.device == other.status.device && status.inode == other.status.inode
            && status.permissions == other.status.permissions && status.user == other.status.user
            && status.group == other.status.group && bytes != nil && bytes == other.bytes
    }

    func isSame(as base: CommitBase) -> Bool {
        isSame(as: CommitContent(status: base.status, bytes: base.bytes))
    }
}

/// A file as it was read to be changed.
final class CommitBase: Sendable {
    let file: Descriptor
    let status: FileStatus
    let bytes: [UInt8]
    private let leased = Atomic<Bool>(false)

    /// Whether we keep writers out of it; ends with this value.
    var isLeased: Bool {
        get { leased.load(ordering: .relaxed) }
        set { leased.store(newValue, ordering: .relaxed) }
    }

    init(file: consuming Descriptor, status: FileStatus, bytes: [UInt8]) {
        self.file = file
        self.status = status
        self.bytes = bytes
    }
}

/// The new contents under their temporary name.
struct Temporary: Sendable {
    let name: String
    let content: CommitContent
}

extension AtomicFile {
    /// Follows the links at the end of `path` by hand, since each has to lie in a folder that may be written.
    ///
    /// - Returns: `nil` when there is no such folder, and it was not to be made.
    func target(of path: FilePath, creating: Bool) throws(CommitError) -> CommitTarget? {
        var next = path
        for _ in 0..<8 {
            guard let target = try place(of: next, for: path, creating: creating && next == path) else {
                guard next == path else { throw .refused(path, .danglingLink(to: next)) }
                return nil
            }
            do throws(Errno) {
                let link = try target.directory.linkTarget(of: target.name)
                next = link.isAbsolute ? link : target.place.pushing(link)
            } catch {
                switch error {
                case .invalidArgument: return target
                case .noSuchFileOrDirectory where next == path: return target
                case .noSuchFileOrDirectory: throw .refused(path, .danglingLink(to: next))
                default: throw failure(path, error)
                }
            }
        }
        throw .refused(path, .tooManyLinks)
    }

    /// The name at the end of one of `path`'s links, or of itself, in its directory, which must be one that may be written.
    func place(of end: FilePath, for path: FilePath, creating: Bool) throws(CommitError) -> CommitTarget? {
        guard let last = end.lastComponent, last.kind == .regular, end.isAbsolute else {
            throw .refused(path, .notRegular)
        }
        let folder = end.removingLastComponent()
        guard let directory = try directory(at: folder, creating: creating, for: path) else { return nil }
        let place = try calling(path) { () throws(Errno) in try root.location(of: directory) }
        guard let place, mayWrite(in: place) else { throw .refused(path, .outside(place ?? folder)) }
        return CommitTarget(directory: directory, name: last.string, place: place, path: path)
    }

    /// Opens a directory, and makes what is missing of it where that may be written.
    private func directory(
        at folder: FilePath, creating: Bool, for path: FilePath
    ) throws(CommitError) -> Descriptor? {
        do throws(Errno) {
            return try root.openDirectory(folder)
        } catch {
            guard error == .noSuchFileOrDirectory else { throw .failed(path, error) }
            guard creating, let last = folder.lastComponent, last.kind == .regular else { return nil }
            guard let parent = try directory(at: folder.removingLastComponent(), creating: true, for: path) else {
                return nil
            }
            let place = try calling(path) { () throws(Errno) in try root.location(of: parent) }
            guard let place, mayWrite(in: place.appending(last)) else { throw .refused(path, .outside(folder)) }
            return try calling(path) { () throws(Errno) in
                // The process's own mask takes bits away; a folder that another has just made keeps its own.
                try parent.withNumber { (number) throws(Errno) in
                    let made = unsafe mkdirat(number, last.string, 0o755) == 0
                    guard made || errno == EEXIST else { throw Errno(rawValue: errno) }
                    if made { try unsafe Errno.checkC(fchmodat(number, last.string, 0o755, 0)) }
                }
                try parent.synchronize()
                return try root.openDirectory(folder)
            }
        }
    }

    private func mayWrite(in place: FilePath) -> Bool { allowed.contains { place.starts(with: $0) } }

    /// Reads the file to be changed; `nil` when nothing is there.
    func base(at target: CommitTarget) throws(CommitError) -> CommitBase? {
        for _ in 0..<3 {
            let opened = try calling(target.path) { () throws(Errno) in
                try target.directory.open(target.name)
            }
            guard let file = opened else { return nil }
            let status = try calling(target.path) { () throws(Errno) in try file.status() }
            guard status.kind == .regular else { throw .refused(target.path, .notRegular) }
            let bytes = try calling(target.path) { () throws(Errno) in try file.readAll(limit: Self.largestFile) }
            guard let bytes else { throw .refused(target.path, .tooLarge) }
            // Written while it was read: what was read may be half of one and half of the other.
            let after = try calling(target.path) { () throws(Errno) in try file.status() }
            guard after == status, Int64(bytes.count) == status.size else { continue }
            return CommitBase(file: file, status: status, bytes: bytes)
        }
        throw .contested(target.path, left: nil)
    }

    /// Refuses a file that must not be changed, and keeps the contents of one that may.
    func keep(_ base: CommitBase, _ target: CommitTarget) throws(CommitError) {
        guard base.status.links == 1 else { throw .refused(target.path, .hardLinks(Int(clamping: base.status.links))) }
        if let owner, owner != FileOwner(user: base.status.user, group: base.status.group) {
            throw .refused(target.path, .foreignOwner(user: base.status.user, group: base.status.group))
        }
        for name in ["security.ima", "security.evm", "security.capability"] {
            let answer = try calling(target.path) { () throws(Errno) in
                try Errno.check(base.file.withNumber { unsafe clinux_has_xattr($0, name) })
            }
            guard answer == 0 else { throw .refused(target.path, .securityAttribute(name)) }
        }
        do throws(BackupError) {
            _ = try backups.keep(base.bytes, of: target.path)
        } catch {
            throw .notKept(target.path, error)
        }
        try calling(target.path) { () throws(Errno) in try reached(.kept) }
    }

    /// Writes the new contents under a temporary name beside the file, with all that `base` has besides contents.
    func write(
        _ bytes: [UInt8], for target: CommitTarget, like base: CommitBase?, _ permissions: UInt32
    ) throws(CommitError) -> Temporary {
        let name = Self.temporaryName(for: target.name)
        let file = try calling(target.path) { () throws(Errno) in try target.directory.create(name) }
        do throws(Errno) {
            try file.write(bytes)
            if let base {
                let result = base.file.withNumber { from in file.withNumber { clinux_copy_xattrs(from, $0) } }
                _ = try Errno.check(result)
            }
            try own(file, like: base)
            // After the attributes: an access control list sets the bits of the group anew.
            let mode = mode_t(base?.status.permissions ?? permissions)
            try file.withNumber { (number) throws(Errno) in try Errno.checkC(fchmod(number, mode)) }
            try file.synchronize()
            try reached(.written)
            return Temporary(name: name, content: CommitContent(status: try file.status(), bytes: bytes))
        } catch {
            // Should even that fail, the sweep at the next start finds it.
            try? target.directory.unlink(name)
            throw failure(target.path, error)
        }
    }

    // A directory may give its group to what is made in it.
    private func own(_ file: borrowing Descriptor, like base: CommitBase?) throws(Errno) {
        let status = try file.status()
        let wanted = base.map { FileOwner(user: $0.status.user, group: $0.status.group) } ?? owner
        guard let wanted, wanted != FileOwner(user: status.user, group: status.group) else { return }
        try file.withNumber { (number) throws(Errno) in try Errno.checkC(fchown(number, wanted.user, wanted.group)) }
    }

    /// What stands under a name, whatever it is.
    func content(of name: String, in target: CommitTarget) throws(CommitError) -> CommitContent {
        try calling(target.path) { () throws(Errno) in
            guard let content = try self.content(of: name, in: target.directory) else { throw .noSuchFileOrDirectory }
            return content
        }
    }

    func rename(_ from: String, to name: String, in target: CommitTarget) -> Int32 {
        target.directory.withNumber { number in
            unsafe renameat(number, from, number, name) == 0 ? 0 : -errno
        }
    }

    /// What stands under a name in a directory; `nil` when nothing does.
    func content(of name: String, in directory: borrowing Descriptor) throws(Errno) -> CommitContent? {
        guard let named = try directory.open(name, CLINUX_PATH_ONLY) else { return nil }
        let status = try named.status()
        guard status.kind == .regular, let file = try directory.open(name) else {
            return CommitContent(status: status, bytes: nil)
        }
        let opened = try file.status()
        return CommitContent(status: opened, bytes: try file.readAll(limit: Self.largestFile))
    }

    /// Removes the temporary name of contents of ours that never were the file; what cannot be removed now is left to be
    /// removed later.
    func discard(_ temporary: Temporary, _ target: CommitTarget) {
        do throws(Errno) {
            try target.directory.unlink(temporary.name)
        } catch {
            left(ReplacedFile(files: self, target: target, name: temporary.name, base: nil, ours: temporary.content))
        }
    }

    func synchronize(_ target: CommitTarget) throws(CommitError) {
        try calling(target.path) { () throws(Errno) in
            try reached(.finished)
            try target.directory.synchronize()
        }
    }

    func failure(_ path: FilePath, _ error: Errno) -> CommitError {
        switch error {
        case .resourceBusy: .refused(path, .mountPoint)
        case .readOnlyFileSystem: .refused(path, .readOnly)
        case .notPermitted: .refused(path, .immutable)
        case .noSpace, .diskQuotaExceeded: .refused(path, .noSpace)
        // The name is a link now, and was none a moment ago.
        case .tooManySymbolicLinkLevels: .movedOn(path)
        default: .failed(path, error)
        }
    }

    func calling<Value: ~Copyable>(
        _ path: FilePath, _ body: () throws(Errno) -> Value
    ) throws(CommitError) -> Value {
        do throws(Errno) {
            return try body()
        } catch {
            throw failure(path, error)
        }
    }
}
