internal import CLinux
internal import Glibc
internal import NodeState
internal import SystemPackage

extension AtomicFile {
    /// Moves a file or a link that is still what was seen.
    ///
    /// It is copied and then removed, since a sandbox mounts both folders by themselves, and nothing is renamed from one
    /// mount to another (rename(2), `EXDEV`). The copy is on the disk before the removal begins, and goes again when the
    /// file is another by then: it is at one of the two places at every moment. The end of a link is not touched.
    func move(_ move: FileMove, to aside: AsideFolder) throws(CommitError) -> Commit {
        switch move.contents {
        case .file(let bytes): try self.move(move.path, bytes, to: aside)
        case .link(let end): try self.move(move.path, linkTo: end, to: aside)
        }
    }

    private func move(_ path: FilePath, _ bytes: [UInt8], to aside: AsideFolder) throws(CommitError) -> Commit {
        guard let target = try place(of: path, for: path, creating: false), let base = try base(at: target) else {
            return .alreadyTrue
        }
        guard base.bytes == bytes else { throw .movedOn(path) }
        let copy = try calling(path) { () throws(Errno) in try aside.keep(base, named: target.name) }
        do throws(CommitError) {
            let commit = try remove(path, before: bytes)
            // Removed by another meanwhile: what that one wanted of it is not ours to say.
            if case .alreadyTrue = commit { aside.takeBack(copy) }
            return commit
        } catch {
            aside.takeBack(copy)
            throw error
        }
    }

    private func move(_ path: FilePath, linkTo end: FilePath, to aside: AsideFolder) throws(CommitError) -> Commit {
        guard let target = try place(of: path, for: path, creating: false) else { return .alreadyTrue }
        let found: FilePath
        do throws(Errno) {
            found = try target.directory.linkTarget(of: target.name)
        } catch {
            switch error {
            case .noSuchFileOrDirectory: return .alreadyTrue
            case .invalidArgument: throw .movedOn(path)
            default: throw failure(path, error)
            }
        }
        guard found == end else { throw .movedOn(path) }
        let copy = try calling(path) { () throws(Errno) in try aside.keep(linkTo: end, named: target.name) }
        do throws(CommitError) {
            try calling(path) { () throws(Errno) in try reached(.kept) }
            let commit = try removeLink(target, to: end)
            if case .alreadyTrue = commit { aside.takeBack(copy) }
            return commit
        } catch {
            aside.takeBack(copy)
            throw error
        }
    }

    /// Removes a link that still leads to `end`: under a name that nobody else knows it can be looked at and nothing
    /// comes in between.
    private func removeLink(_ target: CommitTarget, to end: FilePath) throws(CommitError) -> Commit {
        let name = Self.temporaryName(for: target.name)
        var result = target.directory.withNumber { unsafe clinux_rename_new($0, target.name, name) }
        if result == -EINVAL { result = rename(target.name, to: name, in: target) }
        if result == -ENOENT { return .alreadyTrue }
        guard result == 0 else { throw failure(target.path, Errno(rawValue: -result)) }
        try calling(target.path) { () throws(Errno) in try reached(.exchanged) }
        guard (try? target.directory.linkTarget(of: name)) == end else {
            guard target.directory.withNumber({ unsafe clinux_rename_new($0, name, target.name) }) == 0 else {
                throw .contested(target.path, left: target.place.appending(name))
            }
            throw .movedOn(target.path)
        }
        try calling(target.path) { () throws(Errno) in try target.directory.unlink(name) }
        try synchronize(target)
        return .committed(.removed, nil)
    }
}
