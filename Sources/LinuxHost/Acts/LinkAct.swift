internal import CLinux
internal import NodeEngine
internal import NodeState
internal import SystemPackage

/// Deletes a network link of an earlier cluster, when it still is the one that was seen and nothing is connected to it.
///
/// - Source: rtnetlink(7), RTM_DELLINK; kernel, include/uapi/linux/if_link.h.
struct LinkAct: Sendable {
    private static let deleteLink: UInt16 = 17
    private static let getLink: UInt16 = 18

    /// A link as the kernel lists it.
    struct Link: Equatable, Sendable {
        var index: Int
        var name: String
        /// What made it; `nil` for a device.
        var kind: String?
        /// The link that it is a port of.
        var master: Int?
    }

    /// Deletes the link.
    func remove(_ link: NetworkLink) throws(ChangeError) -> Effect {
        guard NetworkLink.removable[link.name] == link.kind else {
            throw .refused("cannot delete \(link.name): it is no \(link.kind.rawValue) link that nucprep may delete")
        }
        let all: [Link]
        do throws(Errno) {
            all = try NetlinkDump.messages(protocol: CLINUX_DUMP_ROUTE, type: Self.getLink).map {
                (message) throws(Errno) in
                guard let link = Self.link(in: message[...]) else { throw .badMessage }
                return link
            }
        } catch {
            throw .failed("cannot read the network links: \(error)")
        }
        guard all.contains(where: { $0.name == link.name }) else { return .alreadyTrue }
        if let fault = Self.fault(of: link, among: all) { throw fault }
        do throws(Errno) {
            try NetlinkRequest.send(protocol: CLINUX_DUMP_ROUTE, Self.deletion(of: link.index))
            return .applied
        } catch {
            throw .failed("cannot delete \(link.name): \(error)")
        }
    }

    /// What is against the deletion; `nil` when nothing is, or there is no such link.
    static func fault(of link: NetworkLink, among all: [Link]) -> ChangeError? {
        guard let found = all.first(where: { $0.name == link.name }) else { return nil }
        guard found.index == link.index, found.kind == link.kind.rawValue else {
            return .movedOn("cannot delete \(link.name): it is another link than it was")
        }
        let ports = all.filter { $0.master == found.index }.map(\.name)
        guard ports.isEmpty else {
            return .movedOn("cannot delete \(link.name): \(ports.joined(separator: ", ")) is connected to it")
        }
        guard found.master == nil else { return .movedOn("cannot delete \(link.name): it is a port of another link") }
        return nil
    }

    /// The message that deletes a link: its number alone counts.
    static func deletion(of index: Int) -> [UInt8] {
        let head: [UInt8] = [0, 0, 0, 0]
        let none = NetlinkMessage.native(UInt32(0))
        return NetlinkMessage.bytes(
            deleteLink, head + NetlinkMessage.native(Int32(truncatingIfNeeded: index)) + none + none)
    }

    /// The link of a message; `nil` when it is malformed.
    static func link(in message: ArraySlice<UInt8>) -> Link? {
        guard let attributes = NetlinkDump.attributes(of: message, after: 16),
            let name = text(attributes[3]), let index = number(message.dropFirst(4).prefix(4)), index > 0
        else { return nil }
        var link = Link(index: index, name: name)
        if let bytes = attributes[10] {
            guard let master = number(bytes) else { return nil }
            link.master = master == 0 ? nil : master
        }
        if let nested = attributes[18] {
            guard let info = NetlinkDump.attributes(of: nested, after: 0) else { return nil }
            link.kind = text(info[1])
        }
        return link
    }

    private static func text(_ bytes: ArraySlice<UInt8>?) -> String? {
        bytes.map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// A number in the order of the machine.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count == 4 else { return nil }
        return bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
