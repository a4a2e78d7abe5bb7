/// Whom a file belongs to.
package struct FileOwner: Equatable, Sendable {
    package let user: UInt32
    package let group: UInt32

    /// root:root, the owner of every file that the daemon changes.
    package static let root = FileOwner(user: 0, group: 0)

    /// The owner with these numbers.
    package init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }
}

/// What came of a change of a file.
package enum Commit: Sendable {
    /// The file was so already: bytes and times are untouched.
    case alreadyTrue
    /// The file was changed; what it replaced is to be settled some time later, where it could be kept at hand.
    case committed(CommitMethod, ReplacedFile?)
}

/// How the change took effect, in the ledger's words.
package enum CommitMethod: String, Equatable, Sendable {
    /// The old file and the new one exchanged their names.
    case exchanged = "exchange"
    /// The new file was renamed over the old one, on a file system without exchange: a write in that moment is lost.
    case renamed = "rename"
    /// Nothing was there before.
    case created = "noreplace"
    /// Nothing is there now.
    case removed = "remove"
}

/// A step of a change, as it is done.
enum CommitStep: CaseIterable, Sendable {
    /// The old contents have a backup.
    case kept
    /// The new contents are complete under their temporary name.
    case written
    /// The name leads to the new contents, or to nothing.
    case exchanged
    /// What another had written is back.
    case restored
    /// All is done but the directory's own writing to the disk.
    case finished
}
