internal import CLinux
internal import ConfigFormats
internal import Glibc
internal import NodeState
internal import SystemPackage

/// The network of the running machine.
struct LiveNetwork: NetworkReading {
    let files: RootedFiles

    /// - Source: getifaddrs(3).
    func addresses() throws(ObservationError) -> [String] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&list) == 0 else {
            throw ObservationError(reading: "the addresses", cause: Errno(rawValue: errno).description)
        }
        defer { unsafe freeifaddrs(list) }
        var found: Set<String> = []
        var next = unsafe list
        while let entry = unsafe next {
            if unsafe entry.pointee.ifa_flags & UInt32(IFF_LOOPBACK) == 0,
                let text = unsafe Self.text(of: entry.pointee.ifa_addr)
            {
                found.insert(text)
            }
            unsafe next = entry.pointee.ifa_next
        }
        return found.sorted()
    }

    /// An IP address as text, without its zone; `nil` for any other family.
    private static func text(of address: UnsafeMutablePointer<sockaddr>?) -> String? {
        guard let address = unsafe address else { return nil }
        let family = Int32(unsafe address.pointee.sa_family)
        guard family == AF_INET || family == AF_INET6 else { return nil }
        let length = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = unsafe getnameinfo(
            address, socklen_t(length), &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
        guard result == 0 else { return nil }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(text.prefix { $0 != "%" })
    }

    /// The cards that have a device behind them; bridges, bonds and tunnels have none.
    func hardwareAddresses() async throws(ObservationError) -> [String] {
        let links: FilePath = "/sys/class/net"
        var found: Set<String> = []
        for name in try files.names(in: links)
        where try files.kind(of: links.appending(name).appending("device")) != nil {
            let text = try await files.text(at: links.appending(name).appending("address")) ?? ""
            let address = text.prefix { $0 != "\n" }.lowercased()
            if !address.isEmpty, address != "00:00:00:00:00:00" { found.insert(address) }
        }
        return found.sorted()
    }

    private static let getAddress: UInt16 = 22

    /// - Source: rtnetlink(7), RTM_GETADDR; kernel, include/uapi/linux/if_addr.h, struct ifa_cacheinfo.
    func leasedAddresses() throws(ObservationError) -> [LeasedAddress] {
        do throws(Errno) {
            return try NetlinkDump.messages(protocol: CLINUX_DUMP_ROUTE, type: Self.getAddress).compactMap {
                Self.lease(in: $0[...])
            }
        } catch {
            throw ObservationError(reading: "the lifetimes of addresses", cause: error.description, errno: error)
        }
    }

    /// The address of a message when its lifetime is limited.
    static func lease(in message: ArraySlice<UInt8>) -> LeasedAddress? {
        guard let attributes = NetlinkDump.attributes(of: message, after: 8),
            let address = (attributes[2] ?? attributes[1]).flatMap({ IPAddress(bytes: Array($0)) }),
            // The preferred lifetime, then the valid one, in the order of the machine; all bits are for ever.
            let lifetime = attributes[6]?.dropFirst(4).prefix(4), lifetime.count == 4,
            !lifetime.allSatisfy({ $0 == 0xFF })
        else { return nil }
        let index = message.dropFirst(4).prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard unsafe if_indextoname(index, &name) != nil else { return nil }
        let link = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return LeasedAddress(address.description, on: link)
    }
}
