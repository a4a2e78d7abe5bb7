internal import Glibc
internal import SystemPackage

/// One way of asking one address, under way.
class ReachAttempt {
    let socket: SharedDescriptor
    let begunAt = ContinuousClock.now
    /// `nil` while it is open what comes of it.
    fileprivate(set) var outcome: ReachReply.Outcome?
    fileprivate(set) var duration: Duration?

    fileprivate init(_ socket: SharedDescriptor) { self.socket = socket }

    /// What to wait for, as bits of poll(2).
    var events: Int16 { Int16(POLLIN) }

    /// When to act again although nothing has come; `nil` for never.
    var dueAt: ContinuousClock.Instant? { nil }

    /// Does what is due, or reads what has come.
    func advance() {}

    /// Ends it as it is, because the time is over.
    func giveUp() { finish(.timeout) }

    fileprivate func finish(_ outcome: ReachReply.Outcome) {
        self.outcome = outcome
        if outcome == .open || outcome == .refused { duration = ContinuousClock.now - begunAt }
    }

    /// What an error of the network means: the other end said no, or nobody got there.
    fileprivate static func meaning(of error: Errno) -> ReachReply.Outcome {
        switch error {
        case .connectionRefused, .connectionReset: .refused
        case .timedOut: .timeout
        default: .noRoute
        }
    }
}

/// A TCP connection that is closed as soon as it is made.
final class ConnectAttempt: ReachAttempt {
    override var events: Int16 { Int16(POLLOUT) }

    /// Begins to connect.
    ///
    /// - Throws: when there is no socket to be had.
    init(to address: NumericAddress) throws(Errno) {
        super.init(SharedDescriptor(try address.socket(Int32(SOCK_STREAM.rawValue))))
        switch address.connect(socket) {
        case nil: finish(.open)
        case .some(.nowInProgress): break
        case .some(let error): finish(Self.meaning(of: error))
        }
    }

    override func advance() {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        let isKnown = socket.withNumber { unsafe getsockopt($0, SOL_SOCKET, SO_ERROR, &error, &length) == 0 }
        guard isKnown else { return }
        finish(error == 0 ? .open : Self.meaning(of: Errno(rawValue: error)))
    }
}

/// Three echoes, one after the other, and two as large as the MTU beside them.
///
/// - Source: RFC 792, RFC 4443; icmp(7), "ping_group_range"; ip(7), `IP_MTU`, `IP_MTU_DISCOVER`.
final class EchoAttempt: ReachAttempt {
    static let count = 3
    /// The numbers of the small echoes are 0 to 2, those of the large ones follow.
    private static let large = [3, 4]
    /// No link of a cluster has larger frames.
    private static let largestMTU = 9216

    private let isVersion6: Bool
    private let isRaw: Bool
    /// What tells our echoes from those of others: a raw socket hears all that its address sends.
    private let token = (0..<7).map { _ in UInt8.random(in: 0 ... .max) }
    private let interval: Duration
    private var rounds = 0
    private var sentAt: [Int: ContinuousClock.Instant] = [:]
    private var roundTrips: [Int: Duration] = [:]
    /// The bytes of the largest packet without its IP header; `nil` when the kernel does not say.
    private var largestSize: Int?

    /// Prepares the asking; each advance sends when it is due.
    ///
    /// - Throws: when this process may have neither a ping socket nor a raw one.
    init(to address: NumericAddress, interval: Duration) throws(Errno) {
        isVersion6 = address.family == AF_INET6
        self.interval = interval
        let number = Int32(isVersion6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)
        let (socket, isRaw) = try Self.open(address, number)
        self.isRaw = isRaw
        super.init(socket)
        if let error = address.connect(self.socket) { finish(Self.meaning(of: error)) }
        largestSize = Self.forbidFragments(of: socket, isVersion6).map {
            min($0, Self.largestMTU) - (isVersion6 ? 40 : 20)
        }
    }

    /// How many did not come back, and the shortest of the times of those that did.
    var lost: Int { Self.count - small.count }
    var roundTrip: Duration? { small.values.min() }
    /// Whether a large one came back; `nil` when none could be sent.
    var takesLargest: Bool? {
        guard Self.large.contains(where: { sentAt[$0] != nil }) else { return nil }
        return Self.large.contains { roundTrips[$0] != nil }
    }

    private var small: [Int: Duration] { roundTrips.filter { $0.key < Self.count } }

    override var dueAt: ContinuousClock.Instant? {
        rounds < Self.count ? begunAt + interval * rounds : nil
    }

    override func advance() {
        if let dueAt, dueAt <= .now { sendRound() }
        var buffer = [UInt8](repeating: 0, count: Self.largestMTU)
        while outcome == nil {
            let count = socket.withNumber { unsafe recv($0, &buffer, buffer.count, 0) }
            guard count >= 0 else {
                let error = Errno(rawValue: errno)
                // A packet that was too large for a link on the way is lost like any other.
                if ![.resourceTemporarilyUnavailable, .interrupted, .messageTooLong].contains(error) {
                    finish(Self.meaning(of: error))
                }
                return
            }
            take(buffer[..<count])
        }
    }

    /// What is known when the time is over.
    override func giveUp() { finish(small.isEmpty ? .timeout : .open) }

    /// A small echo, and from the second round on a large one: the first may wait for the link's address to be found.
    private func sendRound() {
        let number = rounds
        rounds += 1
        send(number, size: 8 + token.count + 1)
        if number > 0, let largestSize { send(Self.large[number - 1], size: largestSize) }
    }

    private func send(_ number: Int, size: Int) {
        guard outcome == nil else { return }
        var packet: [UInt8] = [isVersion6 ? 128 : 8, 0, 0, 0, token[0], token[1], 0, UInt8(number)] + token
        packet += [UInt8](repeating: 0, count: max(0, size - packet.count - 1)) + [UInt8(number)]
        let sum = Self.checksum(packet)
        // The kernel counts it itself where it is asked for a ping, and always in version 6.
        (packet[2], packet[3]) = (UInt8(sum >> 8), UInt8(sum & 0xFF))
        let result = socket.withNumber { unsafe Glibc.send($0, packet, packet.count, Int32(MSG_NOSIGNAL)) }
        if result >= 0 {
            sentAt[number] = .now
        } else if number < Self.count {
            // What is only busy has not been sent, and does not come back.
            if errno != EAGAIN, errno != EMSGSIZE { finish(Self.meaning(of: Errno(rawValue: errno))) }
        }
    }

    private func take(_ packet: ArraySlice<UInt8>) {
        var body = packet
        // A raw socket of version 4 gives the head of the datagram, too.
        if isRaw, !isVersion6, let first = packet.first { body = packet.dropFirst(Int(first & 0x0F) * 4) }
        let payload = body.dropFirst(8)
        guard body.first == (isVersion6 ? 129 : 0), payload.count > token.count, payload.starts(with: token),
            let number = payload.last.map(Int.init), let sent = sentAt[number], roundTrips[number] == nil,
            body.count == (number < Self.count ? 8 + token.count + 1 : largestSize)
        else { return }
        roundTrips[number] = .now - sent
        if lost == 0, takesLargest != false { finish(.open) }
    }

    /// Has the kernel send whole packets or none, whatever it has heard of the way.
    ///
    /// - Returns: the MTU of the link to the other end; `nil` when it is not told.
    private static func forbidFragments(of socket: SharedDescriptor, _ isVersion6: Bool) -> Int? {
        let level = Int32(isVersion6 ? IPPROTO_IPV6 : IPPROTO_IP)
        var mode = isVersion6 ? IPV6_PMTUDISC_PROBE : IP_PMTUDISC_PROBE
        var mtu: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        let isSet = socket.withNumber { number in
            unsafe setsockopt(number, level, isVersion6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &mode, length) == 0
                && getsockopt(number, level, isVersion6 ? IPV6_MTU : IP_MTU, &mtu, &length) == 0
        }
        return isSet && mtu >= 576 ? Int(mtu) : nil
    }

    private static func open(
        _ address: NumericAddress, _ number: Int32
    ) throws(Errno) -> (socket: SharedDescriptor, isRaw: Bool) {
        do throws(Errno) {
            return (SharedDescriptor(try address.socket(Int32(SOCK_DGRAM.rawValue), number)), false)
        } catch {
            guard error == .permissionDenied || error == .notPermitted else { throw error }
            return (SharedDescriptor(try address.socket(Int32(SOCK_RAW.rawValue), number)), true)
        }
    }

    /// - Source: RFC 1071.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[index]) << 8 + (index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0)
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(sum)
    }
}
