internal import CLinux
internal import NodeState
package import SystemPackage

/// A temporary file of ours that a crash left behind, as it was found and removed.
package struct StrayFile: Equatable, Sendable {
    package let path: FilePath
    /// The file that it was a version of.
    package let original: FilePath
    /// What it held.
    package let digest: String
    /// Whether that is a backup now; else it was one of the known contents.
    package let isKept: Bool
}

extension AtomicFile {
    /// Removes the temporary files that a crash left in the folders that may be written, after a backup of each that is
    /// not `known`.
    ///
    /// A link leads a change to any of those folders, so all of them are searched, links not followed. To be called once
    /// at the start, before any change.
    ///
    /// - Parameter known: the digests of new contents that no backup is needed of.
    /// - Returns: what was there, by folder; what cannot be read, kept or removed stays where it is and is left out.
    package func sweep(known: Set<String> = []) -> [StrayFile] {
        allowed.flatMap { sweep($0, known: known, depth: 0) }
    }

    private static let deepest = 16

    private func sweep(_ folder: FilePath, known: Set<String>, depth: Int) -> [StrayFile] {
        guard depth < Self.deepest, let names = try? root.names(in: folder) else { return [] }
        var strays: [StrayFile] = []
        for name in names {
            let path = folder.appending(name)
            if let original = Self.original(ofTemporary: name) {
                if let stray = stray(name, in: folder, of: original, known: known) { strays.append(stray) }
            } else if (try? root.kind(of: path)) == .directory {
                strays += sweep(path, known: known, depth: depth + 1)
            }
        }
        return strays
    }

    /// Removes one file, when it is ours: a regular one of the owner of what we write.
    private func stray(
        _ name: String, in folder: FilePath, of original: String, known: Set<String>
    ) -> StrayFile? {
        do {
            guard let directory = try root.directory(at: folder), let found = try content(of: name, in: directory)
            else { return nil }
            if found.status.kind == .link {
                // One that was about to be moved aside: it goes back, if nothing newer is there.
                _ = directory.withNumber { unsafe clinux_rename_new($0, name, original) }
                return nil
            }
            guard owner.map({ $0.user == found.status.user }) ?? true, let bytes = found.bytes
            else { return nil }
            let digest = BackupStore.digest(of: bytes)
            let isKnown = known.contains(digest)
            if !isKnown { _ = try backups.keep(bytes, of: folder.appending(original)) }
            try directory.unlink(name)
            return StrayFile(
                path: folder.appending(name), original: folder.appending(original), digest: digest, isKept: !isKnown)
        } catch {
            return nil
        }
    }

    /// A name beside `name` that nothing has.
    static func temporaryName(for name: String) -> String {
        let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
        return ".\(name).nucprep.\(String(repeating: "0", count: 16 - digits.utf8.count))\(digits)~"
    }

    /// The name that a temporary one stands beside; `nil` when it is none of ours.
    static func original(ofTemporary name: String) -> String? {
        guard name.hasPrefix("."), name.hasSuffix("~") else { return nil }
        let parts = name.dropFirst().dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[parts.count - 2] == "nucprep", let digits = parts.last, digits.utf8.count == 16,
            digits.allSatisfy({ "0123456789abcdef".contains($0) })
        else { return nil }
        let original = parts.dropLast(2).joined(separator: ".")
        return original.isEmpty ? nil : original
    }
}
