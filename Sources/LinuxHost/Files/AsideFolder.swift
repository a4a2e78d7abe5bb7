internal import CLinux
internal import Glibc
internal import NodeEngine
internal import SystemPackage
internal import TextForms

/// Files that were moved out of the way: each under its own name, the time behind it; nothing there is ever overwritten
/// or removed by the daemon.
///
/// It is for root alone. What lies there has the mode, owner and attributes that it had. Every call blocks for as long as
/// the disk does.
struct AsideFolder: Sendable {
    private let folder: FilePath
    private let now: @Sendable () -> Int

    /// The folder at `path`, which is made with the first file.
    ///
    /// - Parameters:
    ///   - path: the folder.
    ///   - now: the time, in microseconds since 1970.
    init(at path: FilePath, now: @escaping @Sendable () -> Int = HostClock.engine.realtime) {
        folder = path
        self.now = now
    }

    /// Copies a file that was read; the copy is on the disk when this returns.
    ///
    /// - Returns: its name in the folder.
    func keep(_ base: CommitBase, named name: String) throws(Errno) -> String {
        let directory = try open()
        let temporary = OwnFolder.temporaryName(for: "copy")
        // Left from a crash: nothing names it.
        try directory.unlink(temporary)
        let file = try directory.create(temporary)
        do throws(Errno) {
            try file.write(base.bytes)
            _ = try Errno.check(base.file.withNumber { from in file.withNumber { clinux_copy_xattrs(from, $0) } })
            let (before, status) = (base.status, try file.status())
            try file.withNumber { (number) throws(Errno) in
                if (before.user, before.group) != (status.user, status.group) {
                    try Errno.checkC(fchown(number, before.user, before.group))
                }
                // After the attributes: an access control list sets the bits of the group anew.
                try Errno.checkC(fchmod(number, mode_t(before.permissions)))
            }
            try file.synchronize()
            return try place(temporary, for: name, in: directory)
        } catch {
            try? directory.unlink(temporary)
            throw error
        }
    }

    /// Makes a link to `target`, as a link was written; it lasts when this returns.
    ///
    /// - Returns: its name in the folder.
    func keep(linkTo target: FilePath, named name: String) throws(Errno) -> String {
        let directory = try open()
        let temporary = OwnFolder.temporaryName(for: "copy")
        try directory.unlink(temporary)
        try directory.withNumber { (number) throws(Errno) in
            try unsafe Errno.checkC(symlinkat(target.string, number, temporary))
        }
        do throws(Errno) {
            return try place(temporary, for: name, in: directory)
        } catch {
            try? directory.unlink(temporary)
            throw error
        }
    }

    /// Removes what was put there for a move that came to nothing.
    func takeBack(_ name: String) {
        // Should it stay, it is one copy too many.
        if let directory = try? open() { try? directory.unlink(name) }
    }

    /// Gives what is complete a name that nothing has.
    private func place(
        _ temporary: String, for name: String, in directory: borrowing Descriptor
    ) throws(Errno) -> String {
        for count in 0..<1000 {
            let free = Self.name(for: name, at: now(), count)
            var result = directory.withNumber { unsafe clinux_rename_new($0, temporary, free) }
            if result == -EINVAL {
                // A file system without NOREPLACE: a second name is refused just as well when the name is taken.
                result = directory.withNumber { number in
                    unsafe linkat(number, temporary, number, free, 0) == 0 ? 0 : -errno
                }
                if result == 0 { try directory.unlink(temporary) }
            }
            guard result != -EEXIST else { continue }
            _ = try Errno.check(result)
            try directory.synchronize()
            return free
        }
        throw .fileExists
    }

    /// The name at `now` in UTC, cut where a file system would refuse it: `10-calico.conflist.20261201T024320Z`.
    static func name(for name: String, at now: Int, _ count: Int) -> String {
        let time = InstantText.rfc3339(now).prefix(19).filter { $0 != "-" && $0 != ":" }
        let end = ".\(time)Z" + (count > 0 ? ".\(count)" : "")
        var beginning = name[...]
        while beginning.utf8.count + end.utf8.count > Int(NAME_MAX) { beginning.removeLast() }
        return beginning + end
    }

    private func open() throws(Errno) -> Descriptor {
        var path = FilePath(root: folder.root)
        for component in folder.components {
            path.append(component)
            guard unsafe mkdir(path.string, 0o700) == 0 || errno == EEXIST else { throw Errno(rawValue: errno) }
        }
        let folder = folder
        return Descriptor(
            try Errno.calling {
                try FileDescriptor.open(folder, .readOnly, options: [.directory, .noFollow, .closeOnExec])
            })
    }
}
