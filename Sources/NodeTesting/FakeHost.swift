package import LinuxHost
package import NodeEngine
package import NodeState
internal import Synchronization
package import SystemPackage

/// A host in memory that fails closed: what a test did not supply answers with an error that says so.
package final class FakeHost: FileReading, ModuleReading, KernelReading, Sendable {
    /// What a test supplies for one path.
    package enum File: Equatable, Sendable {
        /// A file with this text.
        case text(String)
        /// A directory with these names.
        case folder([String])
        /// A symbolic link.
        case link(FilePath)
        /// Nothing is there.
        case absent
        /// Something is there and cannot be read, for this cause.
        case unreadable(String)
    }

    private struct State {
        var files: [FilePath: File] = [:]
        var modules: [String: ModulePresence] = [:]
        var release: String?
        var nodename: String?
        var packages: [InstalledPackage]?
    }

    private let state = Mutex(State())
    /// Units, the runtime, other nodes, addresses: what a test records, and nothing else.
    package let answers = RecordedAnswers()

    /// A host of which nothing is known.
    package init(_ files: [FilePath: File] = [:]) { state.withLock { $0.files = files } }

    /// Supplies or changes what stands at a path.
    package func set(_ path: FilePath, to file: File) { state.withLock { $0.files[path] = file } }

    /// Supplies or changes whether the kernel has a module.
    package func set(module name: String, to presence: ModulePresence) {
        state.withLock { $0.modules[name] = presence }
    }

    /// Supplies the kernel's release.
    package func set(release: String) { state.withLock { $0.release = release } }

    /// Supplies the name that the kernel holds.
    package func set(nodename: String) { state.withLock { $0.nodename = nodename } }

    /// Supplies all packages of the host.
    package func set(packages: [InstalledPackage]) { state.withLock { $0.packages = packages } }

    /// Everything about it.
    package var view: HostView {
        HostView(
            files: self, modules: self, kernel: self, network: Network(answers: answers), units: answers,
            packages: Packages(host: self), runtime: answers, peers: answers, processes: answers,
            sshd: answers, packetFilter: answers)
    }

    private static func missing(_ what: String) -> ObservationError {
        ObservationError(reading: what, cause: "the test did not supply it")
    }

    private func file(at path: FilePath) throws(ObservationError) -> File {
        guard let file = state.withLock({ $0.files[path] }) else { throw Self.missing(path.string) }
        if case .unreadable(let cause) = file { throw ObservationError(reading: path.string, cause: cause) }
        return file
    }

    package func bytes(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        switch try file(at: path) {
        case .text(let text): return Array(text.utf8)
        case .absent: return nil
        case .link(let target): return try await bytes(at: target, limit: limit)
        case .folder, .unreadable: throw ObservationError(reading: path.string, cause: "it is a directory")
        }
    }

    package func beginning(of path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        try await bytes(at: path, limit: limit).map { Array($0.prefix(limit)) }
    }

    package func script(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        try await beginning(of: path, limit: limit).flatMap { $0.starts(with: "#!".utf8) ? $0 : nil }
    }

    package func kind(of path: FilePath) async throws(ObservationError) -> FileKind? {
        switch try file(at: path) {
        case .text: .regular
        case .folder: .directory
        case .link(let target): .link(target)
        case .absent, .unreadable: nil
        }
    }

    package func names(in folder: FilePath) async throws(ObservationError) -> [String] {
        switch try file(at: folder) {
        case .folder(let names): return names
        case .absent: return []
        case .text, .link, .unreadable: throw ObservationError(reading: folder.string, cause: "it is no directory")
        }
    }

    package func presence(of name: String) async throws(ObservationError) -> ModulePresence {
        guard let presence = state.withLock({ $0.modules[name] }) else { throw Self.missing("the module \(name)") }
        return presence
    }

    package func release() async throws(ObservationError) -> String {
        guard let release = state.withLock({ $0.release }) else { throw Self.missing("the kernel's release") }
        return release
    }

    package func nodename() async throws(ObservationError) -> String {
        guard let name = state.withLock({ $0.nodename }) else { throw Self.missing("the host name") }
        return name
    }

    package func hostnamed() throws(ObservationError) -> HostnamedState? {
        guard let names = answers.value.hostnamed else { throw Self.missing("systemd-hostnamed") }
        return names
    }

    package func today() throws(ObservationError) -> Int {
        guard let now = answers.value.now else { throw Self.missing("the clock") }
        return now
    }

    package func isClockSynchronised() throws(ObservationError) -> Bool {
        guard let answer = answers.value.isClockSynchronised else { throw Self.missing("the state of the clock") }
        return answer
    }

    package func room(at path: FilePath) throws(ObservationError) -> FileSystemRoom? {
        guard let room = answers.value.rooms[path] else { throw Self.missing("the room at \(path)") }
        return room
    }

    package func hasEntryTypes(at path: FilePath) -> Bool? {
        !answers.value.untyped.contains { path.starts(with: $0) }
    }

    package func modified(_ path: FilePath) throws(ObservationError) -> Int? {
        guard try file(at: path) != .absent else { return nil }
        guard let time = answers.value.times?[path] else { throw Self.missing("the time of \(path)") }
        return time
    }

    package func barrier(to path: FilePath) throws(ObservationError) -> FilePath? {
        guard try file(at: path) != .absent else { return nil }
        return answers.value.closed.first { path.starts(with: $0) }
    }

    package func isExecutable(_ path: FilePath) throws(ObservationError) -> Bool? {
        switch try file(at: path) {
        case .absent: nil
        case .text: true
        case .folder, .link, .unreadable: false
        }
    }

    /// Addresses, when a test recorded them.
    private struct Network: NetworkReading {
        let answers: RecordedAnswers

        func addresses() throws(ObservationError) -> [String] {
            guard let found = answers.value.addresses else { throw FakeHost.missing("the addresses") }
            return found
        }

        func hardwareAddresses() throws(ObservationError) -> [String] {
            guard let found = answers.value.hardwareAddresses else { throw FakeHost.missing("the cards") }
            return found
        }

        func leasedAddresses() throws(ObservationError) -> [LeasedAddress] { try answers.leasedAddresses() }
    }

    /// The packages that a test supplied.
    private struct Packages: PackageReading {
        let host: FakeHost

        private func all() throws(ObservationError) -> [InstalledPackage] {
            guard let packages = host.state.withLock({ $0.packages }) else { throw FakeHost.missing("the packages") }
            return packages
        }

        func package(_ name: String) throws(ObservationError) -> InstalledPackage? {
            try all().first { $0.name == name && $0.state != "not-installed" }
        }

        func troubled() throws(ObservationError) -> [InstalledPackage] {
            try all().filter { !$0.isInstalled && !["config-files", "not-installed"].contains($0.state) }
        }

        func lockHolder() throws(ObservationError) -> Int? {
            guard let holder = host.answers.value.lockHolder else { throw FakeHost.missing("the lock of dpkg") }
            return holder
        }

        func policy() throws(ObservationError) -> String {
            guard let text = host.answers.value.policy else { throw FakeHost.missing("apt-cache policy") }
            return text
        }
    }
}

/// A control that does what a test says, and keeps what was asked of it; without a word it fails.
package final class FakeControl: HostControl, Sendable {
    private let obey: @Sendable (Change) throws(ChangeError) -> Effect
    private let log = Mutex<[Change]>([])

    /// A control that answers with `obey`.
    package init(
        _ obey: @escaping @Sendable (Change) throws(ChangeError) -> Effect = { (_) throws(ChangeError) in
            throw .failed("the test did not supply an answer")
        }
    ) {
        self.obey = obey
    }

    /// The changes that were asked for, in order.
    package var asked: [Change] { log.withLock { $0 } }

    package func perform(_ change: Change) async throws(ChangeError) -> Effect {
        log.withLock { $0.append(change) }
        return try obey(change)
    }
}
