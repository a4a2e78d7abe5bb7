/// What answers on the socket of the container runtime.
package enum RuntimeAnswer: Equatable, Sendable {
    /// The CRI, with the runtime's name and version, such as `containerd` and `1.7.24`.
    case serving(name: String, version: String)
    /// A runtime without the CRI: the plug-in is off.
    case withoutCRI
    /// Nobody, for this cause.
    case noSocket(String)
}

/// Who makes the cgroups of containers.
package enum CgroupDriver: String, Sendable {
    case systemd, cgroupfs
}

/// Asks the container runtime on `/run/containerd/containerd.sock`.
package protocol RuntimeReading: Sendable {
    /// What `runtime.v1.RuntimeService/Version` answers.
    ///
    /// - Throws: when something is there that does not answer in time or not in the protocol.
    func version() async throws(ObservationError) -> RuntimeAnswer
    /// What `RuntimeConfig` says; `nil` when this runtime does not know the call, as containerd before 2.0.
    func cgroupDriver() async throws(ObservationError) -> CgroupDriver?
    /// The names of the images that it has, each with its tag, as `ImageService/ListImages` has them.
    func images() async throws(ObservationError) -> Set<String>
    /// Whether it has an image by this name.
    func hasImage(_ name: String) async throws(ObservationError) -> Bool
}

/// Another node, to be tried.
package struct PeerTarget: Hashable, Sendable {
    /// An address in canonical form.
    package var address: String
    /// The TCP port.
    package var port: Int

    /// The port of one address.
    package init(address: String, port: Int) {
        self.address = address
        self.port = port
    }
}

/// What came of trying another node.
package struct PeerAnswer: Equatable, Sendable {
    /// How one try ended.
    package enum Outcome: String, Sendable {
        case open, refused, timeout
        case noRoute = "no-route"
    }

    package var target: PeerTarget
    /// The connection to the port.
    package var tcp: Outcome
    /// The echo: `open` when it came back.
    package var echo: Outcome
    /// How many of three echoes were lost; `nil` when none could be sent.
    package var lost: Int?
    /// The shortest round trip of the echoes, or that of the connection where none came back, in microseconds: a busy
    /// machine answers some of them late, and a slow network all of them.
    package var roundTrip: Int?

    /// Whether packets as large as the MTU of the link came back, unfragmented; `nil` when none could be sent.
    package var largest: Largest?

    /// What became of the largest packets.
    package enum Largest: String, Sendable {
        case open, lost
    }

    /// The answer of one target.
    package init(
        _ target: PeerTarget, tcp: Outcome, echo: Outcome, lost: Int? = nil, roundTrip: Int? = nil,
        largest: Largest? = nil
    ) {
        self.largest = largest
        self.target = target
        self.tcp = tcp
        self.echo = echo
        self.lost = lost
        self.roundTrip = roundTrip
    }
}

/// Tries the other nodes, at most once a minute; an answer may be that old.
package protocol PeerReading: Sendable {
    /// What became of each target.
    ///
    /// - Throws: when no try could be made.
    func probe(_ targets: [PeerTarget]) async throws(ObservationError) -> [PeerAnswer]
}
