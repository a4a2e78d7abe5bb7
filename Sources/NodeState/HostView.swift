package import SystemPackage

/// All that a requirement can see of a host; none of it writes.
package struct HostView: Sendable {
    /// Files, those of `/proc` and `/sys` included.
    package var files: any FileReading
    /// Kernel modules.
    package var modules: any ModuleReading
    /// The running kernel.
    package var kernel: any KernelReading
    /// The addresses of the machine.
    package var network: any NetworkReading

    /// The view through these readers.
    package init(
        files: any FileReading, modules: any ModuleReading, kernel: any KernelReading, network: any NetworkReading
    ) {
        self.files = files
        self.modules = modules
        self.kernel = kernel
        self.network = network
    }
}

/// What stands at a path, links not followed.
package enum FileKind: Equatable, Sendable {
    /// A regular file; `/proc` and `/sys` files count.
    case regular
    /// A directory.
    case directory
    /// A symbolic link with its target as it is written.
    case link(FilePath)
    /// A device, socket or pipe.
    case other
}

/// Reads files; `nil` and `[]` mean absent, and what is there but unreadable throws.
package protocol FileReading: Sendable {
    /// The bytes of a file, links followed, `limit` bytes at the most.
    ///
    /// - Throws: when it is no regular file, is larger than `limit`, or cannot be read.
    func bytes(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]?
    /// What stands at `path`, its last link not followed.
    func kind(of path: FilePath) async throws(ObservationError) -> FileKind?
    /// The names in a directory, sorted bytewise, without `.` and `..`.
    func names(in folder: FilePath) async throws(ObservationError) -> [String]
}

extension FileReading {
    /// The bytes of a configuration file: 1 MiB at the most.
    package func bytes(at path: FilePath) async throws(ObservationError) -> [UInt8]? {
        try await bytes(at: path, limit: 1 << 20)
    }

    /// The text of a file that ought to be UTF-8.
    ///
    /// - Throws: also when it is not UTF-8; the cause names the first bad byte.
    package func text(at path: FilePath) async throws(ObservationError) -> String? {
        guard let bytes = try await bytes(at: path) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ObservationError(reading: path.string, cause: "it is not UTF-8 text")
        }
        return text
    }
}

/// Whether the running kernel has a module.
package enum ModulePresence: Equatable, Sendable {
    /// Inserted and live.
    case loaded
    /// Part of the kernel image.
    case builtIn
    /// Not there.
    case absent
}

/// Asks the running kernel for its modules.
package protocol ModuleReading: Sendable {
    /// Whether the kernel has `name`.
    func presence(of name: String) async throws(ObservationError) -> ModulePresence
}

/// Asks the running kernel about itself.
package protocol KernelReading: Sendable {
    /// The release, `uname -r`.
    func release() async throws(ObservationError) -> String
    /// The host name that the kernel holds, `uname -n`.
    func nodename() async throws(ObservationError) -> String
}

/// Asks for the network as it is.
package protocol NetworkReading: Sendable {
    /// The addresses of all interfaces, loopback left out, in their canonical text form.
    func addresses() async throws(ObservationError) -> [String]
    /// The hardware addresses of physical cards, lower case with colons.
    func hardwareAddresses() async throws(ObservationError) -> [String]
}
