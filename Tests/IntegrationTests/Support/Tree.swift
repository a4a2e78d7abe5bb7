internal import Glibc
internal import SystemPackage

/// A folder that is removed at the end.
func withFolder<Value>(_ body: (FilePath) async throws -> Value) async throws -> Value {
    var template = Array("/tmp/nucprep-it-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    let folder = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    do {
        let value = try await body(folder)
        try await remove(folder)
        return value
    } catch {
        try? await remove(folder)
        throw error
    }
}

private func remove(_ folder: FilePath) async throws {
    let program = try Program(["rm", "-rf", folder.string], in: folder)
    _ = try await program.end()
}

/// A tree of files that the programs take for a machine.
struct Tree: Sendable {
    let path: FilePath

    static let kernel = "6.1.0-28-amd64"
    private static let noSwap = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

    /// A node that is ready but for its modules, which are loaded now and not at boot, and for the lines of `fstab`.
    init(at path: FilePath, named name: String = "node", fstab: String, addresses: [String] = []) throws {
        self.path = path
        for folder in ["etc/systemd/system", "etc/nucprep/conf.d", "var/lib/nucprep", "proc/sys/net/bridge"] {
            try Self.makeFolders(path.appending(FilePath(folder).components))
        }
        for (file, text) in Self.files { try write(text, to: file) }
        for (file, text) in ReadyNode.files { try write(text, to: file) }
        try write(name + "\n", to: "proc/sys/kernel/hostname")
        try write(name + "\n", to: "etc/hostname")
        let record = ReadyNode.record(
            addresses: addresses, peers: ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
        try Tree(path.removingLastComponent()).write(record, to: "machine.toml")
        let digits = name.utf8.map { String($0, radix: 16) }.joined() + String(repeating: "0", count: 32)
        try write(digits.prefix(32) + "\n", to: "etc/machine-id")
        try write("ssh-ed25519 \(digits)\n", to: "etc/ssh/ssh_host_ed25519_key.pub")
        try write(fstab, to: "etc/fstab")
    }

    private init(_ path: FilePath) { self.path = path }

    /// An empty tree.
    static func bare(at path: FilePath) throws -> Tree {
        try makeFolders(path)
        return Tree(path)
    }

    private static let files = [
        "etc/os-release": "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n",
        "boot/vmlinuz-" + kernel: "",
        "lib/modules/\(kernel)/modules.builtin": "kernel/fs/ext4/ext4.ko\n",
        "lib/modules/\(kernel)/modules.dep":
            "kernel/fs/overlayfs/overlay.ko:\nkernel/net/bridge/bridge.ko:\n"
            + "kernel/net/bridge/br_netfilter.ko: kernel/net/bridge/bridge.ko\n",
        "proc/swaps": noSwap,
        "proc/meminfo": "MemTotal:        8000000 kB\nMemAvailable:    6000000 kB\n",
        "proc/cmdline": "BOOT_IMAGE=/boot/vmlinuz-\(kernel) root=/dev/sda1 rw quiet\n",
        "proc/filesystems": "nodev\tsysfs\nnodev\toverlay\n\text4\n",
        // A root file system on no block device: no partition table has to be asked for.
        "proc/1/mountinfo": "24 1 0:40 / / rw,relatime - tmpfs tmpfs rw\n",
        "proc/sys/kernel/modules_disabled": "0\n",
        "proc/sys/kernel/osrelease": kernel + "\n",
        "sys/module/overlay/initstate": "live\n",
        "sys/module/br_netfilter/initstate": "live\n",
    ]

    /// Writes a file anew, with its folders.
    func write(_ text: some StringProtocol, to name: String) throws {
        try write(Array(text.utf8), to: name, [.create, .truncate])
    }

    /// Adds to a file in place, as `echo >>` does.
    func append(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name, [.append]) }

    private func write(_ bytes: [UInt8], to name: String, _ options: SystemPackage.FileDescriptor.OpenOptions) throws {
        let file = path.appending(FilePath(name).components)
        try Self.makeFolders(file.removingLastComponent())
        let descriptor = try SystemPackage.FileDescriptor.open(
            file, .writeOnly, options: options.union(.closeOnExec),
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        _ = try descriptor.closeAfter { try descriptor.writeAll(bytes) }
    }

    /// The text of a file; empty when there is none.
    func text(of name: String) throws -> String {
        let file = path.appending(FilePath(name).components)
        return String(decoding: (try Self.bytes(at: file)) ?? [], as: UTF8.self)
    }

    /// The bytes of a file; `nil` when there is none.
    static func bytes(at file: FilePath) throws -> [UInt8]? {
        do {
            let descriptor = try SystemPackage.FileDescriptor.open(file, .readOnly, options: .closeOnExec)
            return try descriptor.closeAfter {
                var bytes: [UInt8] = []
                var piece = [UInt8](repeating: 0, count: 65536)
                while case let count = try unsafe piece.withUnsafeMutableBytes({ try unsafe descriptor.read(into: $0) }),
                    count > 0
                {
                    bytes += piece[..<count]
                }
                return bytes
            }
        } catch Errno.noSuchFileOrDirectory {
            return nil
        }
    }

    /// Every name outside the daemon's own memory with its kind, mode, time, inode, target and digest.
    func listing(in folder: FilePath) async throws -> String {
        let script = """
            cd "$1" && find . -path ./var/lib/nucprep -prune -o -printf '%p %y %m %T@ %i %l\\n' | sort
            find . -path ./var/lib/nucprep -prune -o -type f -exec sha256sum {} + | sort
            """
        let ended = try await run(["sh", "-c", script, "sh", path.string], in: folder)
        guard ended.status == 0 else { throw NothingCame(what: "a listing: \(ended.story)") }
        return ended.text
    }

    private static func makeFolders(_ path: FilePath) throws {
        if unsafe mkdir(path.string, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT else { throw Errno(rawValue: errno) }
        try makeFolders(path.removingLastComponent())
        guard unsafe mkdir(path.string, 0o755) == 0 || errno == EEXIST else { throw Errno(rawValue: errno) }
    }
}
