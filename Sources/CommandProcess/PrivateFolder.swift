internal import Glibc
package import SystemPackage

/// Folders that nobody else may enter.
package enum PrivateFolder {
    /// Makes the folder `path`, with mode 0700, where there is none.
    ///
    /// - Throws: when it cannot be made, and `.notDirectory` where something else has that name.
    package static func make(at path: FilePath) throws(Errno) {
        guard unsafe mkdir(path.string, 0o700) != 0 else { return }
        let cause = Errno(rawValue: errno)
        guard cause == .fileExists else { throw cause }
        guard let stat = try? Stat(path), stat.type == .directory else { throw .notDirectory }
    }

    /// Makes one in /tmp whose name begins with `prefix`.
    ///
    /// - Throws: when /tmp takes none.
    /// - Source: mkdir(2): a name that is taken, by a link too, is refused.
    package static func make(prefix: String) throws(Errno) -> FilePath {
        for _ in 0..<TemporaryName.tries {
            let path = TemporaryName.random(prefix)
            if unsafe mkdir(path.string, 0o700) == 0 { return path }
            let cause = Errno(rawValue: errno)
            guard cause == .fileExists else { throw cause }
        }
        throw .fileExists
    }

    /// Removes a folder with the files in it; what cannot be removed stays.
    package static func remove(_ folder: FilePath) {
        if let directory = unsafe opendir(folder.string) {
            while let entry = unsafe readdir(directory) {
                let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                }
                if name != "." && name != ".." { _ = unsafe unlink(folder.appending(name).string) }
            }
            _ = unsafe closedir(directory)
        }
        _ = unsafe rmdir(folder.string)
    }
}
