internal import Glibc
internal import SystemPackage

/// An IP address and a port, as the kernel takes them; made from numbers alone, without asking anyone for a name.
struct NumericAddress: Equatable, Sendable {
    let family: Int32
    /// The `sockaddr` of that family.
    private let bytes: [UInt8]

    /// - Source: getaddrinfo(3), `AI_NUMERICHOST`.
    init?(_ address: String, port: Int) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(address, String(port), &hints, &list) == 0, let first = unsafe list else { return nil }
        defer { unsafe freeaddrinfo(list) }
        guard let pointer = unsafe first.pointee.ai_addr else { return nil }
        family = unsafe first.pointee.ai_family
        bytes = unsafe Array(UnsafeRawBufferPointer(start: pointer, count: Int(first.pointee.ai_addrlen)))
    }

    /// Begins to connect a socket that does not block.
    ///
    /// - Returns: `nil` when it is connected at once.
    func connect(_ socket: SharedDescriptor) -> Errno? {
        let result = socket.withNumber { number in
            unsafe bytes.withUnsafeBytes { space in
                unsafe space.withMemoryRebound(to: sockaddr.self) { address in
                    unsafe Glibc.connect(number, address.baseAddress, socklen_t(space.count))
                }
            }
        }
        return result == 0 ? nil : Errno(rawValue: errno)
    }

    /// A new socket of the address's family, close-on-exec, that does not block.
    func socket(_ type: Int32, _ protocolNumber: Int32 = 0) throws(Errno) -> Descriptor {
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let number = Glibc.socket(family, type | flags, protocolNumber)
        return try Descriptor(taking: number >= 0 ? number : -errno)
    }
}
