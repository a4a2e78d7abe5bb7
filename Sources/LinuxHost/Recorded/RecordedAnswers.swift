package import NodeState
internal import Synchronization
internal import SystemPackage

/// Answers from a record; what it does not hold is unknown.
package final class RecordedAnswers: Sendable {
    private let record: Mutex<HostRecord>

    /// Answers from `record`.
    package init(_ record: HostRecord = HostRecord()) { self.record = Mutex(record) }

    /// The record as it is now.
    package var value: HostRecord { record.withLock { $0 } }

    /// Changes the record.
    package func update(_ change: (inout HostRecord) -> Void) { record.withLock { change(&$0) } }

    private func answer<Value>(_ what: String, _ value: Value?) throws(ObservationError) -> Value {
        guard let value else {
            throw ObservationError(reading: what, cause: "this tree does not record it")
        }
        return value
    }
}

extension RecordedAnswers: UnitReading, RuntimeReading, PeerReading, ProcessReading, SSHDaemonReading {
    package func unit(_ name: String) throws(ObservationError) -> UnitState? {
        try answer("the unit \(name)", value.units)[name]
    }

    package func version() throws(ObservationError) -> RuntimeAnswer {
        try answer("the container runtime", value.runtime)
    }

    package func cgroupDriver() throws(ObservationError) -> CgroupDriver? {
        try answer("the cgroup driver of the container runtime", value.cgroupDriver)
    }

    package func images() throws(ObservationError) -> Set<String> {
        Set(try answer("the images of the container runtime", value.images))
    }

    package func hasImage(_ name: String) throws(ObservationError) -> Bool {
        try answer("the images of the container runtime", value.images).contains(name)
    }

    package func probe(_ targets: [PeerTarget]) throws(ObservationError) -> [PeerAnswer] {
        var answers: [PeerAnswer] = []
        for target in targets {
            var found = try answer("the way to \(target.address)", value.peers[target.address])
            found.target = target
            answers.append(found)
        }
        return answers
    }
}

extension RecordedAnswers {
    /// A tree runs nothing, so that silence is no gap in the record.
    package func testConfiguration() throws(ObservationError) -> SSHDaemonAnswer { value.sshd ?? .notRun }

    package func kubeadms(among pids: [Int]) throws(ObservationError) -> Set<Int> {
        try answer("the programs of processes", value.kubeadms).intersection(pids)
    }
}

extension RecordedAnswers: PacketFilterReading {
    package func chains() throws(ObservationError) -> [PacketFilterChain] {
        try answer("the packet filter", value.chains)
    }

    /// The room that the record has of the folder nearest above `path`.
    func room(at path: FilePath) throws(ObservationError) -> FileSystemRoom? {
        let nearest = value.rooms.keys.filter { path.starts(with: $0) }.max {
            $0.components.count < $1.components.count
        }
        return try answer("the room at \(path)", nearest.flatMap { value.rooms[$0] })
    }

    /// What the record says of the file system: one that it does not call so is as file systems of today are.
    func hasEntryTypes(at path: FilePath) -> Bool? { !value.untyped.contains { path.starts(with: $0) } }
}

extension RecordedAnswers: NetworkReading {
    package func addresses() throws(ObservationError) -> [String] { value.addresses ?? [] }
    package func hardwareAddresses() throws(ObservationError) -> [String] { value.hardwareAddresses ?? [] }
    package func leasedAddresses() throws(ObservationError) -> [LeasedAddress] {
        try answer("the lifetimes of addresses", value.leasedAddresses)
    }

    /// The clock of the record.
    func today() throws(ObservationError) -> Int { try answer("the clock", value.now) }

    /// What hostnamed says in the record.
    func hostnamed() throws(ObservationError) -> HostnamedState? { try answer("systemd-hostnamed", value.hostnamed) }

    /// What timedated says of the clock in the record.
    func isClockSynchronised() throws(ObservationError) -> Bool {
        try answer("whether the clock is synchronised", value.isClockSynchronised)
    }

    /// Who holds dpkg's lock in the record.
    func lockHolder() throws(ObservationError) -> Int? { try answer("the lock of dpkg", value.lockHolder) }

    /// What apt would do, by the record.
    func policy() throws(ObservationError) -> String { try answer("apt-cache policy", value.policy) }
}
