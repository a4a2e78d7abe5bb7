package import SystemPackage

/// Every act that the daemon can commit: the complete list of what root's power is used for.
///
/// A new case is a grant of power and is reviewed as one.
package enum Change: Hashable, Sendable {
    /// Ends an active swap area by stopping its `.swap` unit, when there is memory for what it holds.
    case disableSwap(SwapArea)
    /// Takes swap lines out of /etc/fstab's force.
    case editFstab(FileEdit)
    /// Links `/etc/systemd/system/NAME` to `/dev/null`; never over something that is there.
    case maskUnit(String)
    /// Writes one of the files that nucprep owns, whole.
    case writeFile(FileEdit)
    /// Inserts a kernel module, deny lists respected.
    case loadModule(String)
    /// Has systemd read its unit files again.
    case reloadSystemd
}

extension Change {
    /// What it acts on: a path, a unit, a module.
    package var object: String {
        switch self {
        case .disableSwap(let area): area.path.string
        case .editFstab(let edit), .writeFile(let edit): edit.path.string
        case .maskUnit(let name), .loadModule(let name): name
        case .reloadSystemd: "systemd"
        }
    }
}

/// An area of swap in use, as `/proc/swaps` has it.
package struct SwapArea: Hashable, Sendable {
    /// The device or file, decoded.
    package var path: FilePath
    /// `partition` or `file`.
    package var kind: String
    /// The size in KiB.
    package var sizeKiB: Int
    /// How much of it is in use, in KiB.
    package var usedKiB: Int
    /// Whether the file behind it was removed; such an area ends at a reboot only.
    package var isDeleted: Bool

    /// The area at `path`.
    package init(path: FilePath, kind: String, sizeKiB: Int, usedKiB: Int, isDeleted: Bool) {
        self.path = path
        self.kind = kind
        self.sizeKiB = sizeKiB
        self.usedKiB = usedKiB
        self.isDeleted = isDeleted
    }

    /// The memory that must be available before the area may be ended: what it holds, a margin of 15 %, and 256 MiB.
    package var neededKiB: Int { usedKiB + usedKiB * 15 / 100 + 256 * 1024 }
}

/// A file as it was read and as it is to be: written only while it still has the bytes it was made from.
package struct FileEdit: Hashable, Sendable {
    /// The file.
    package var path: FilePath
    /// The bytes it was made from; `nil` when there was no file.
    package var before: [UInt8]?
    /// The bytes it is to have.
    package var after: [UInt8]

    /// The edit of `path`.
    package init(path: FilePath, before: [UInt8]?, after: [UInt8]) {
        self.path = path
        self.before = before
        self.after = after
    }
}

/// Who may decide that a change is carried out.
package enum AutoClass: String, Sendable {
    /// By the daemon in every lifecycle.
    case always = "A1"
    /// By the daemon until the node belongs to a cluster.
    case untilJoined = "A2"
    /// By the daemon with a consent named in the configuration.
    case withConsent = "A3"
}

/// Why a change that would help is not carried out now.
package struct Refusal: Hashable, Sendable {
    /// A closed set of kebab-case tokens, part of the API.
    package enum Reason: String, Sendable {
        /// The mode is `observe`.
        case observeMode = "observe-mode"
        /// The class does not allow it in this lifecycle.
        case lifecycle
        /// The consent that it needs is not given.
        case consentMissing = "consent-missing"
        /// kubeadm is at work.
        case kubeadmRunning = "kubeadm-running"
        /// Somebody undoes it faster than it is done.
        case contested
        /// There is no memory for what the swap area holds.
        case noRoom = "no-room"
        /// It was tried and failed, and nothing that it rests on has changed since.
        case failed
    }

    package var reason: Reason
    /// What is in the way, in words.
    package var text: String
    /// What to do about it.
    package var remedy: String?

    /// The refusal for `reason`.
    package init(_ reason: Reason, _ text: String, remedy: String? = nil) {
        self.reason = reason
        self.text = text
        self.remedy = remedy
    }
}

/// A change that would help, and who may decide it.
package struct Proposal: Hashable, Sendable {
    /// The act.
    package var change: Change
    /// Its class.
    package var autoClass: AutoClass
    /// What the requirement itself saw in the way; the policy may find more.
    package var refusal: Refusal?

    /// The proposal of `change`.
    package init(_ change: Change, _ autoClass: AutoClass, refusal: Refusal? = nil) {
        self.change = change
        self.autoClass = autoClass
        self.refusal = refusal
    }
}
