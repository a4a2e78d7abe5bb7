internal import CLinux
internal import NodeState
internal import SystemPackage

/// The kernel's news of links, addresses and routes, and of whether packets are forwarded.
///
/// Of forwarding it tells whoever wrote it, also through another procfs than ours.
///
/// - Source: rtnetlink(7); kernel, net/ipv4/devinet.c, inet_netconf_notify_devconf().
struct RouteNews: Sendable {
    let socket: SharedDescriptor
    /// The inputs that forwarding is.
    let forwarding: Set<Input>

    /// The news about `inputs`.
    init(_ socket: SharedDescriptor, inputs: Set<Input>) {
        self.socket = socket
        forwarding = inputs.filter { input in
            if case .sysctl(let path) = input { path.starts(with: "/proc/sys/net/ipv4") } else { false }
        }
    }

    /// Reads until nothing is left.
    ///
    /// - Returns: the inputs that something happened to; `.overflow` when news was lost.
    func drain() -> Set<Input> {
        var heard: Set<Input> = []
        var buffer = [UInt8](repeating: 0, count: 32_768)
        while true {
            let count = socket.withNumber { unsafe clinux_route_receive($0, &buffer, buffer.count) }
            switch Errno(rawValue: -count) {
            case _ where count >= 0: heard.formUnion(inputs(in: Array(buffer[..<Int(count)])))
            case .resourceTemporarilyUnavailable: return heard
            default: return heard.union([.overflow])
            }
        }
    }

    /// What the messages of one datagram are about.
    func inputs(in datagram: [UInt8]) -> Set<Input> {
        var heard: Set<Input> = []
        var offset = 0
        while true {
            let kind = unsafe clinux_route_next(datagram, datagram.count, &offset)
            guard kind > 0 else { return heard }
            if kind == CLINUX_ROUTE_NETWORK { heard.insert(.addresses) }
            if kind == CLINUX_ROUTE_FORWARDING { heard.formUnion(forwarding) }
        }
    }
}
