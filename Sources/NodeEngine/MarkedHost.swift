internal import NodeState
internal import SystemPackage

extension HostView {
    /// The same host; what is read of it leaves its marks.
    func marking(_ marks: ReadMarks) -> HostView {
        var marked = self
        marked.files = MarkedFiles(files: files, marks: marks)
        marked.modules = MarkedModules(modules: modules, marks: marks)
        marked.kernel = MarkedKernel(kernel: kernel, marks: marks)
        marked.network = MarkedNetwork(network: network, marks: marks)
        marked.units = MarkedUnits(units: units, marks: marks)
        let open = OpenPorts(host: self, marks: marks)
        marked.packages = open
        marked.runtime = open
        marked.peers = open
        marked.processes = open
        marked.sshd = open
        marked.packetFilter = open
        return marked
    }
}

private struct MarkedFiles: FileReading {
    let files: any FileReading
    let marks: ReadMarks

    func bytes(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        marks.note(path: path)
        return try await files.bytes(at: path, limit: limit)
    }

    func beginning(of path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        marks.note(path: path)
        return try await files.beginning(of: path, limit: limit)
    }

    func script(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        marks.note(path: path)
        return try await files.script(at: path, limit: limit)
    }

    func kind(of path: FilePath) async throws(ObservationError) -> FileKind? {
        marks.note(path: path)
        return try await files.kind(of: path)
    }

    func names(in folder: FilePath) async throws(ObservationError) -> [String] {
        marks.note(.names(folder.string))
        marks.note(path: folder)
        return try await files.names(in: folder)
    }

    func modified(_ path: FilePath) async throws(ObservationError) -> Int? {
        marks.note(path: path)
        return try await files.modified(path)
    }

    func barrier(to path: FilePath) async throws(ObservationError) -> FilePath? {
        var folder = path
        while !folder.components.isEmpty {
            marks.note(path: folder)
            folder.removeLastComponent()
        }
        return try await files.barrier(to: path)
    }

    func isExecutable(_ path: FilePath) async throws(ObservationError) -> Bool? {
        marks.note(path: path)
        return try await files.isExecutable(path)
    }
}

private struct MarkedModules: ModuleReading {
    let modules: any ModuleReading
    let marks: ReadMarks

    func presence(of name: String) async throws(ObservationError) -> ModulePresence {
        marks.note(.module(ReadMarks.normalised(name)))
        return try await modules.presence(of: name)
    }
}

private struct MarkedKernel: KernelReading {
    let kernel: any KernelReading
    let marks: ReadMarks

    func release() async throws(ObservationError) -> String { try await kernel.release() }

    func nodename() async throws(ObservationError) -> String {
        marks.note(.hostname)
        return try await kernel.nodename()
    }

    func hostnamed() async throws(ObservationError) -> HostnamedState? {
        marks.note(.hostname)
        marks.note(path: "/etc/hostname")
        return try await kernel.hostnamed()
    }

    func today() async throws(ObservationError) -> Int { try await kernel.today() }

    func isClockSynchronised() async throws(ObservationError) -> Bool {
        marks.open()
        return try await kernel.isClockSynchronised()
    }

    func room(at path: FilePath) async throws(ObservationError) -> FileSystemRoom? {
        marks.open()
        return try await kernel.room(at: path)
    }

    func hasEntryTypes(at path: FilePath) async throws(ObservationError) -> Bool? {
        marks.open()
        return try await kernel.hasEntryTypes(at: path)
    }
}

private struct MarkedNetwork: NetworkReading {
    let network: any NetworkReading
    let marks: ReadMarks

    func addresses() async throws(ObservationError) -> [String] {
        marks.note(.addresses)
        return try await network.addresses()
    }

    func hardwareAddresses() async throws(ObservationError) -> [String] {
        marks.note(.addresses)
        return try await network.hardwareAddresses()
    }

    func leasedAddresses() async throws(ObservationError) -> [LeasedAddress] {
        marks.note(.addresses)
        return try await network.leasedAddresses()
    }
}

private struct MarkedUnits: UnitReading {
    let units: any UnitReading
    let marks: ReadMarks

    func unit(_ name: String) async throws(ObservationError) -> UnitState? {
        marks.note(.unit(name))
        return try await units.unit(name)
    }
}

/// The ports whose answers rest on more than can be listed: whoever asks them goes by the declared inputs.
private struct OpenPorts: PackageReading, RuntimeReading, PeerReading, ProcessReading, SSHDaemonReading,
    PacketFilterReading
{
    let host: HostView
    let marks: ReadMarks

    func package(_ name: String) async throws(ObservationError) -> InstalledPackage? {
        marks.open()
        return try await host.packages.package(name)
    }

    func troubled() async throws(ObservationError) -> [InstalledPackage] {
        marks.open()
        return try await host.packages.troubled()
    }

    func lockHolder() async throws(ObservationError) -> Int? {
        marks.open()
        return try await host.packages.lockHolder()
    }

    func policy() async throws(ObservationError) -> String {
        marks.open()
        return try await host.packages.policy()
    }

    func version() async throws(ObservationError) -> RuntimeAnswer {
        marks.open()
        return try await host.runtime.version()
    }

    func cgroupDriver() async throws(ObservationError) -> CgroupDriver? {
        marks.open()
        return try await host.runtime.cgroupDriver()
    }

    func images() async throws(ObservationError) -> Set<String> {
        marks.open()
        return try await host.runtime.images()
    }

    func hasImage(_ name: String) async throws(ObservationError) -> Bool {
        marks.open()
        return try await host.runtime.hasImage(name)
    }

    func probe(_ targets: [PeerTarget]) async throws(ObservationError) -> [PeerAnswer] {
        marks.open()
        return try await host.peers.probe(targets)
    }

    func kubeadms(among pids: [Int]) async throws(ObservationError) -> Set<Int> {
        marks.open()
        return try await host.processes.kubeadms(among: pids)
    }

    func testConfiguration() async throws(ObservationError) -> SSHDaemonAnswer {
        marks.open()
        return try await host.sshd.testConfiguration()
    }

    func chains() async throws(ObservationError) -> [PacketFilterChain] {
        marks.open()
        return try await host.packetFilter.chains()
    }
}
