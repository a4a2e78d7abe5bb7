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
    /// Removes the temporary files that a crash left in a folder, after a backup of each that is not `known`.
    ///
    /// To be called once at the start, before any change.
    ///
    /// - Parameters:
    ///   - folder: one in which files are changed; nothing is done when it is absent.
    ///   - known: the digests of the new contents that open intents of the ledger name.
    /// - Returns: what was there, in bytewise order of the names.
    /// - Throws: when one of them cannot be read or kept; it is then left where it is.
    package func sweep(_ folder: FilePath, known: Set<String>) throws(CommitError) -> [StrayFile] {
        let directory: Descriptor?
        let names: [String]
        do throws(ObservationError) {
            names = try root.names(in: folder)
            directory = try root.directory(at: folder)
        } catch {
            throw .failed(folder, error.errno ?? .ioError)
        }
        guard let directory else { return [] }
        var strays: [StrayFile] = []
        for name in names {
            guard let original = Self.original(ofTemporary: name) else { continue }
            let path = folder.appending(name)
            let read = try calling(path) { () throws(Errno) in
                try directory.contents(of: name, limit: Self.largestFile)
            }
            guard let bytes = read else { continue }
            let digest = BackupStore.digest(of: bytes)
            let isKnown = known.contains(digest)
            if !isKnown {
                do throws(BackupError) {
                    _ = try backups.keep(bytes, of: folder.appending(original))
                } catch {
                    throw .notKept(path, error)
                }
            }
            directory.unlink(name)
            strays.append(
                StrayFile(path: path, original: folder.appending(original), digest: digest, isKept: !isKnown))
        }
        return strays
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

    func displaced(_ name: String, _ base: CommitBase, _ target: CommitTarget) -> Displaced? {
        guard let directory = try? target.directory.duplicate() else {
            // Without a descriptor nobody can come back to it, and the backup has what it held.
            discard(name, target)
            return nil
        }
        return Displaced(directory: directory, name: name, path: target.path, base: base.bytes, backups: backups)
    }
}
