internal import ConfigFormats
internal import Crypto
internal import Glibc
internal import Synchronization
package import SystemPackage
internal import TextForms

/// Why a backup was not made or not found.
package struct BackupError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, beginning with a verb.
    package let operation: String
    package let errno: Errno

    package var description: String { "cannot \(operation): \(errno)" }
}

/// The former contents of files that were changed, each kept once under its SHA-256.
///
/// A folder with one file of mode 0600 for each version, written once and synchronised, and an `index` of which path had
/// which version, oldest first. Beyond the limits the oldest go, but never the newest of a path. One thread at a time keeps
/// a backup in it; every call blocks for as long as the disk does.
package struct BackupStore: Sendable {
    private struct Entry: Equatable {
        let digest: String
        let size: Int
        let path: String
    }

    private let folder: FilePath
    private let versionsPerPath: Int
    private let totalBytes: Int
    private let turn = Turn()

    /// The turn of the one that adds to the index.
    private final class Turn: Sendable {
        private let mutex = Mutex(())
        func take(_ body: () throws(Errno) -> Void) throws(Errno) {
            try mutex.withLock { (_) throws(Errno) in try body() }
        }
    }

    /// The store in `folder`, which is made with the first backup.
    package init(folder: FilePath, versionsPerPath: Int = 20, totalBytes: Int = 64 << 20) {
        self.folder = folder
        self.versionsPerPath = versionsPerPath
        self.totalBytes = totalBytes
    }

    /// The name of some contents: their SHA-256 as 64 lower-case hexadecimal digits.
    package static func digest(of bytes: [UInt8]) -> String {
        Hexadecimal.text(SHA256.hash(data: bytes))
    }

    /// Keeps what `path` held; when this returns it is on the disk.
    ///
    /// What is there already is not written again.
    ///
    /// - Returns: the version's digest.
    package func keep(_ bytes: [UInt8], of path: FilePath) throws(BackupError) -> String {
        let digest = Self.digest(of: bytes)
        do throws(Errno) {
            try turn.take { () throws(Errno) in
                try makeFolder()
                if try !isKept(digest, bytes.count) { try write(bytes, as: digest) }
                try enter(Entry(digest: digest, size: bytes.count, path: Self.escaped(path)))
            }
        } catch {
            throw BackupError(operation: "keep a backup of \(path)", errno: error)
        }
        return digest
    }

    private func enter(_ entry: Entry) throws(Errno) {
        var entries = try load()
        guard entries.last(where: { $0.path == entry.path }) != entry else { return }
        entries.removeAll { $0 == entry }
        entries.append(entry)
        let kept = pruned(entries)
        try write(Array(kept.map { "\($0.digest) \($0.size) \($0.path)\n" }.joined().utf8), as: "index")
        let names = Set(kept.map(\.digest))
        for gone in Set(entries.map(\.digest)).subtracting(names) {
            // The index names it no more; should it stay, it only takes room.
            _ = unsafe unlink(folder.appending(gone).string)
        }
    }

    /// The contents that `digest` names; `nil` when they were never kept, or had to go.
    ///
    /// - Throws: also (`EBADMSG`) when the file no longer has them.
    package func bytes(of digest: String) throws(BackupError) -> [UInt8]? {
        guard Hexadecimal.isText(digest, count: 64) else { return nil }
        do throws(Errno) {
            guard let bytes = try read(digest, limit: totalBytes) else { return nil }
            guard Self.digest(of: bytes) == digest else { throw .badMessage }
            return bytes
        } catch {
            throw BackupError(operation: "read the backup \(digest)", errno: error)
        }
    }

    /// The versions kept of `path`, oldest first.
    package func versions(of path: FilePath) throws(BackupError) -> [String] {
        do throws(Errno) {
            let name = Self.escaped(path)
            return try load().filter { $0.path == name }.map(\.digest)
        } catch {
            throw BackupError(operation: "read the backups of \(path)", errno: error)
        }
    }

    // MARK: Limits

    private func pruned(_ entries: [Entry]) -> [Entry] {
        var kept = entries
        for path in Set(entries.map(\.path)) {
            let surplus = kept.count(where: { $0.path == path }) - versionsPerPath
            for _ in 0..<max(0, surplus) {
                if let oldest = kept.firstIndex(where: { $0.path == path }) { kept.remove(at: oldest) }
            }
        }
        while Self.size(of: kept) > totalBytes {
            let spare = kept.indices.first { index in kept[(index + 1)...].contains { $0.path == kept[index].path } }
            guard let spare else { break }
            kept.remove(at: spare)
        }
        return kept
    }

    private static func size(of entries: [Entry]) -> Int {
        var seen: Set<String> = []
        return entries.reduce(0) { sum, entry in seen.insert(entry.digest).inserted ? sum + entry.size : sum }
    }

    // MARK: Files

    private func load() throws(Errno) -> [Entry] {
        guard let bytes = try read("index", limit: 16 << 20) else { return [] }
        // A line that is none names nothing; the files it may have named stay.
        return String(decoding: bytes, as: UTF8.self).textLines().compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 2)
            guard fields.count == 3, fields[0].utf8.count == 64, let size = Int(fields[1]) else { return nil }
            return Entry(digest: String(fields[0]), size: size, path: String(fields[2]))
        }
    }

    private func isKept(_ digest: String, _ size: Int) throws(Errno) -> Bool {
        guard let file = try open(digest) else { return false }
        return try file.status().size == Int64(size)
    }

    private func read(_ name: String, limit: Int) throws(Errno) -> [UInt8]? {
        guard let file = try open(name) else { return nil }
        guard let bytes = try file.readAll(limit: limit) else { throw .fileTooLarge }
        return bytes
    }

    private func open(_ name: String) throws(Errno) -> Descriptor? {
        do throws(Errno) {
            let path = folder.appending(name)
            return Descriptor(
                try Errno.calling {
                    try FileDescriptor.open(path, .readOnly, options: [.noFollow, .closeOnExec, .nonBlocking])
                })
        } catch .noSuchFileOrDirectory {
            return nil
        }
    }

    private func write(_ bytes: [UInt8], as name: String) throws(Errno) {
        try OwnFolder(at: folder).replace(name, with: bytes)
    }

    /// Removes what a crash left of a backup that was being written.
    func sweep() {
        if let folder = try? OwnFolder(at: folder) { folder.sweep() }
    }

    private func makeFolder() throws(Errno) {
        var path = FilePath(root: folder.root)
        for component in folder.components {
            path.append(component)
            guard unsafe mkdir(path.string, 0o700) == 0 || errno == EEXIST else { throw Errno(rawValue: errno) }
        }
    }

    // A line end in a path would end its line of the index.
    private static func escaped(_ path: FilePath) -> String {
        String(path.string.flatMap { $0 == "%" ? Array("%25") : $0.isNewline ? Array("%0A") : [$0] })
    }
}
