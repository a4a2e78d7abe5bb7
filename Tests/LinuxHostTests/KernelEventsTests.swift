import CLinux
import Glibc
import SystemPackage
import Testing

@testable import LinuxHost

/// What inotify, netlink and sockets tell through CLinux.
@Suite("Kernel events")
struct KernelEventsTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// The names that the events tell; a name of its own for each event about the directory itself.
    private func names(_ source: borrowing Descriptor) throws -> [String] {
        let buffer = try source.read(upTo: 16_384)
        var names: [String] = []
        var offset = 0
        var event = unsafe clinux_name_event()
        while try unsafe Errno.check(clinux_inotify_next(buffer, buffer.count, &offset, &event)) == 1 {
            names.append(unsafe event.name.map { unsafe String(cString: $0) } ?? "")
        }
        return names
    }

    @Test("inotify tells the name of a file that was renamed over, and the directory's end")
    func inotify() throws {
        try folder.makeFolder("/etc")
        let directory = Descriptor(try FileDescriptor.open(FilePath(folder.real("/etc")), .readOnly))
        let instance = try Descriptor(taking: clinux_inotify_create())
        let result = instance.withNumber { one in directory.withNumber { clinux_inotify_watch(one, $0) } }
        let watch = try Errno.check(result)
        try folder.write("1", to: "/etc/fstab")
        try folder.replace("/etc/fstab", with: "2")
        #expect(try names(instance).contains("fstab"))
        try folder.remove("/etc/fstab")
        #expect(unsafe rmdir(folder.real("/etc")) == 0)
        #expect(try names(instance).contains("fstab"))
        _ = instance.withNumber { clinux_inotify_unwatch($0, watch) }
    }

    @Test("bytes that are no events are refused", arguments: [1, 15, 16, 48])
    func malformed(_ count: Int) {
        let buffer = [UInt8](repeating: 0xFF, count: count)
        var event = unsafe clinux_name_event()
        var offset = 0
        #expect(unsafe clinux_inotify_next(buffer, buffer.count, &offset, &event) == -EBADMSG)
        #expect(offset == 0)
    }

    @Test("a uevent that the kernel did not send is not heard", .enabled(if: geteuid() == 0))
    func forged() throws {
        let socket = try Descriptor(taking: clinux_uevent_open())
        let sender = Descriptor(FileDescriptor(rawValue: Glibc.socket(AF_NETLINK, Int32(SOCK_DGRAM.rawValue), 15)))
        // sockaddr_nl: family, padding, port, groups.
        var address: [UInt8] = [UInt8(AF_NETLINK), 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
        let text = Array("add@/module/nucprep\0SUBSYSTEM=module\0".utf8)
        let sent = unsafe address.withUnsafeMutableBytes { space in
            unsafe space.withMemoryRebound(to: sockaddr.self) { rebound in
                sender.withNumber { unsafe sendto($0, text, text.count, 0, rebound.baseAddress, 12) }
            }
        }
        // Group 1 is the kernel's alone where it refuses the sending already.
        guard sent == text.count else { return }
        var buffer = [UInt8](repeating: 0, count: 8192)
        let length = socket.withNumber { unsafe clinux_uevent_receive($0, &buffer, buffer.count) }
        #expect(length == -EAGAIN || !String(decoding: buffer, as: UTF8.self).contains("nucprep"))
    }

    @Test("the other end of a Unix socket is this process, with its groups")
    func peers() throws {
        var ends: [Int32] = [0, 0]
        #expect(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let one = Descriptor(FileDescriptor(rawValue: ends[0]))
        let other = Descriptor(FileDescriptor(rawValue: ends[1]))
        var peer = clinux_peer()
        _ = try Errno.check(one.withNumber { unsafe clinux_peer_credentials($0, &peer) })
        #expect(peer.pid == getpid())
        #expect(peer.uid == geteuid())
        #expect(peer.gid == getegid())
        var groups = [UInt32](repeating: 0, count: 1024)
        let count = try Errno.check(other.withNumber { unsafe clinux_peer_groups($0, &groups, 1024) })
        var own = [gid_t](repeating: 0, count: 1024)
        let ownCount = unsafe getgroups(1024, &own)
        #expect(groups[..<Int(count)].sorted() == own[..<Int(ownCount)].sorted())
    }
}
