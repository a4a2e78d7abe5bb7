internal import Glibc
internal import LinuxHost
internal import SystemPackage

extension FilePath {
    /// Removes a folder of a test with everything below it.
    func removeAll() throws {
        guard let folder = unsafe opendir(string) else { return }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            names.append(
                unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                    unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                })
        }
        unsafe closedir(folder)
        for name in names where name != "." && name != ".." {
            let path = appending(name)
            if unsafe unlink(path.string) != 0 { try path.removeAll() }
        }
        guard unsafe rmdir(string) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Writes a small file of a test, with its folders.
    func write(_ text: String) {
        StateFolder(removingLastComponent()).write(Array(text.utf8), to: lastComponent?.string ?? "")
    }
}
