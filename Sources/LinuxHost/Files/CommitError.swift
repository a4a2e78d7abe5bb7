package import SystemPackage

/// Why a file was not changed; it then has the contents that it had, or that another wrote meanwhile.
package enum CommitError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file is not what the change was made from: look again.
    case movedOn(FilePath)
    /// Others write the file faster than it can be changed. Each version is the file, or a backup, or the file `left`.
    case contested(FilePath, left: FilePath?)
    /// The file is one that must not be changed, or cannot be; nothing was worked around.
    case refused(FilePath, FileRefusal)
    case failed(FilePath, Errno)
    /// What it held could not be kept, so it was not changed.
    case notKept(FilePath, BackupError)

    package var description: String {
        switch self {
        case .movedOn(let path): "cannot write \(path): it has changed since it was read"
        case .contested(let path, nil): "cannot write \(path): others keep writing it"
        case .contested(let path, .some(let left)):
            "cannot write \(path): others keep writing it, and one version is left in \(left)"
        case .refused(let path, let refusal): "cannot write \(path): \(refusal)"
        case .failed(let path, let error): "cannot write \(path): \(error)"
        case .notKept(let path, let error): "cannot write \(path): it has no backup, \(error.errno)"
        }
    }
}

/// What is wrong with a file that must not be changed.
package enum FileRefusal: Equatable, Sendable, CustomStringConvertible {
    case danglingLink(to: FilePath)
    /// The file or the end of its links lies outside of the folders that may be written.
    case outside(FilePath)
    case tooManyLinks
    case notRegular
    case tooLarge
    case hardLinks(Int)
    case foreignOwner(user: UInt32, group: UInt32)
    /// An attribute that would be wrong on the new file, such as a signature of the old contents.
    case securityAttribute(String)
    case mountPoint
    case readOnly
    case immutable
    case noSpace
    /// Somebody writes it: what he has yet to write would be missing from the new file.
    case openForWriting
    /// Who is to read it has something against the new contents.
    case judged(String)

    package var description: String {
        switch self {
        case .danglingLink(let target): "it is a link to \(target), where nothing is"
        case .outside(let place): "it lies in \(place), outside of what may be written"
        case .tooManyLinks: "its links lead on and on"
        case .notRegular: "it is no regular file"
        case .tooLarge: "it has more than \(AtomicFile.largestFile) bytes"
        case .hardLinks(let count): "it has \(count) names"
        case .foreignOwner(let user, let group): "it belongs to \(user):\(group)"
        case .securityAttribute(let name): "it carries \(name)"
        case .mountPoint: "something is mounted on it"
        case .readOnly: "its file system is read-only"
        case .immutable: "it or its directory is immutable"
        case .noSpace: "its file system is full"
        case .openForWriting: "another process has it open for writing; it is changed once that process has closed it"
        case .judged(let fault): fault
        }
    }

    /// The command by which a person puts it right; `nil` when there is no one command.
    package func remedy(for path: FilePath) -> String? {
        switch self {
        case .foreignOwner: "chown root:root \(path)"
        case .mountPoint: "umount \(path)"
        case .immutable: "chattr -i \(path)"
        case .danglingLink, .notRegular: "ls -l \(path)"
        case .openForWriting: "fuser -v \(path)"
        case .hardLinks: "cp -p \(path) \(path).new && mv \(path).new \(path)"
        case .outside, .tooManyLinks, .tooLarge, .securityAttribute, .readOnly, .noSpace, .judged: nil
        }
    }
}
