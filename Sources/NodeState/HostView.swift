package import SystemPackage

/// All that a requirement can see of a host; none of it writes.
package struct HostView: Sendable {
    /// Files, those of `/proc` and `/sys` included.
    package var files: any FileReading
    /// Kernel modules.
    package var modules: any ModuleReading
    /// The running kernel, its clock and its name.
    package var kernel: any KernelReading
    /// The addresses of the machine.
    package var network: any NetworkReading
    /// systemd's units as they are now.
    package var units: any UnitReading
    /// dpkg's packages and apt's answers.
    package var packages: any PackageReading
    /// The container runtime.
    package var runtime: any RuntimeReading
    /// The other nodes of the cluster.
    package var peers: any PeerReading
    /// The processes of the host.
    package var processes: any ProcessReading
    /// What is computed once in a look; `nil` outside of one.
    package var memory: (any LookMemory)?
    /// sshd's own word on its configuration.
    package var sshd: any SSHDaemonReading
    /// The packet filter of the running kernel.
    package var packetFilter: any PacketFilterReading

    /// The view through these readers.
    package init(
        files: any FileReading, modules: any ModuleReading, kernel: any KernelReading, network: any NetworkReading,
        units: any UnitReading, packages: any PackageReading, runtime: any RuntimeReading, peers: any PeerReading,
        processes: any ProcessReading, sshd: any SSHDaemonReading, packetFilter: any PacketFilterReading
    ) {
        self.files = files
        self.modules = modules
        self.kernel = kernel
        self.network = network
        self.units = units
        self.packages = packages
        self.runtime = runtime
        self.peers = peers
        self.processes = processes
        self.sshd = sshd
        self.packetFilter = packetFilter
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

/// The names as systemd-hostnamed has them.
package struct HostnamedState: Equatable, Sendable {
    /// `StaticHostname`; empty when none is set.
    package var staticName: String
    /// `Hostname`: the one in force.
    package var name: String

    /// The names of one host.
    package init(staticName: String, name: String) {
        self.staticName = staticName
        self.name = name
    }
}

/// Asks the running kernel about itself, and the machine for its names and its time.
package protocol KernelReading: Sendable {
    /// The release, `uname -r`.
    func release() async throws(ObservationError) -> String
    /// The host name that the kernel holds, `uname -n`.
    func nodename() async throws(ObservationError) -> String
    /// What systemd-hostnamed says; `nil` when there is none on this machine.
    func hostnamed() async throws(ObservationError) -> HostnamedState?
    /// The host's own clock, in microseconds since 1970.
    func today() async throws(ObservationError) -> Int
    /// Whether the clock is kept right by a source of time, as systemd-timedated says; an answer may be an hour old.
    func isClockSynchronised() async throws(ObservationError) -> Bool
    /// The room on the file system that a path is on, links followed; `nil` when nothing is there.
    func room(at path: FilePath) async throws(ObservationError) -> FileSystemRoom?
    /// Whether directories of the file system that a path is on, or will be on, say of what kind their entries are, as
    /// overlayfs needs it; links followed; `nil` when no entry is there to see it by.
    func hasEntryTypes(at path: FilePath) async throws(ObservationError) -> Bool?
}

/// How much a file system holds, and how much of it is left for others than root.
///
/// - Source: statvfs(3); the kubelet computes with `f_bavail`, as cadvisor `fs/fs.go` (`getVfsStats`) has it.
package struct FileSystemRoom: Equatable, Sendable {
    package var mebibytes: Int
    package var availableMebibytes: Int
    /// 0 on a file system that makes them as it needs them.
    package var inodes: Int
    package var freeInodes: Int

    /// The room of one file system.
    package init(mebibytes: Int, availableMebibytes: Int, inodes: Int, freeInodes: Int) {
        self.mebibytes = mebibytes
        self.availableMebibytes = availableMebibytes
        self.inodes = inodes
        self.freeInodes = freeInodes
    }
}

/// Asks for the network as it is.
package protocol NetworkReading: Sendable {
    /// The addresses of all interfaces, loopback left out, in their canonical text form.
    func addresses() async throws(ObservationError) -> [String]
    /// The hardware addresses of physical cards, lower case with colons.
    func hardwareAddresses() async throws(ObservationError) -> [String]
    /// The addresses whose lifetime is limited, as a lease of DHCP has it.
    func leasedAddresses() async throws(ObservationError) -> [LeasedAddress]
}

/// An address that ends unless it is renewed.
package struct LeasedAddress: Equatable, Sendable {
    /// In canonical form.
    package var address: String
    /// The interface.
    package var link: String

    /// The address on one interface.
    package init(_ address: String, on link: String) {
        self.address = address
        self.link = link
    }
}

/// Asks the kernel which programs processes run.
package protocol ProcessReading: Sendable {
    /// Those of `pids` whose executable is the host's kubeadm: the file of that name in one of the folders of root's PATH,
    /// where dpkg installs its own.
    ///
    /// What a process calls itself is no evidence; this is. A process that has ended meanwhile is left out.
    /// - Throws: when the executable of one that goes on cannot be told.
    func kubeadms(among pids: [Int]) async throws(ObservationError) -> Set<Int>
}
