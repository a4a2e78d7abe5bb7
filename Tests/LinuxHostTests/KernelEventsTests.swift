import CLinux
import Glibc
import SystemPackage
import Testing

@testable import LinuxHost

/// What fanotify, inotify, netlink and sockets tell through CLinux.
@Suite("Kernel events")
struct KernelEventsTests {
    private struct Event: Equatable {
        var name: String?
        var isKeyed = false
        var isGone = false
        var pid: Int32 = 0
    }

    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func read(_ source: borrowing Descriptor, fanotify key: [UInt8]?) throws -> [Event] {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let length = try unsafe buffer.withUnsafeMutableBytes { try unsafe source.file.read(into: $0) }
        var events: [Event] = []
        var offset = 0
        while true {
            var event = unsafe clinux_name_event()
            let result =
                key == nil
                ? unsafe clinux_inotify_next(buffer, length, &offset, &event)
                : unsafe clinux_fanotify_next(buffer, length, &offset, &event)
            guard try Errno.check(result) == 1 else { return events }
            if unsafe event.pidfd >= 0 { unsafe close(event.pidfd) }
            var seen = Event(isGone: unsafe event.gone != 0, pid: unsafe event.pid)
            seen.name = unsafe event.name.map { unsafe String(cString: $0) }
            if let start = unsafe event.key {
                seen.isKeyed = unsafe Array(UnsafeBufferPointer(start: start, count: event.key_length)) == key
            }
            events.append(seen)
        }
    }

    private func key(of directory: borrowing Descriptor) throws -> [UInt8] {
        var key = [UInt8](repeating: 0, count: Int(CLINUX_KEY_SIZE))
        let length = try unsafe Errno.check(clinux_directory_key(directory.number, &key, key.count))
        return Array(key[..<Int(length)])
    }

    @Test("inotify tells the name of a file that was renamed over, and the directory's end")
    func inotify() throws {
        try folder.makeFolder("/etc")
        let directory = Descriptor(try FileDescriptor.open(FilePath(folder.real("/etc")), .readOnly))
        let instance = Descriptor(FileDescriptor(rawValue: try Errno.check(clinux_inotify_create())))
        let watch = try Errno.check(clinux_inotify_watch(instance.number, directory.number))
        try folder.write("1", to: "/etc/fstab")
        try folder.replace("/etc/fstab", with: "2")
        #expect(try read(instance, fanotify: nil).contains(Event(name: "fstab")))
        try folder.remove("/etc/fstab")
        #expect(unsafe rmdir(folder.real("/etc")) == 0)
        #expect(try read(instance, fanotify: nil).contains(Event(name: "fstab")))
        _ = clinux_inotify_unwatch(instance.number, watch)
    }

    @Test("fanotify tells directory, name and process", .enabled(if: geteuid() == 0), arguments: [0, 1])
    func fanotify(_ pidfd: Int32) throws {
        try folder.makeFolder("/etc")
        try folder.makeFolder("/opt")
        let directory = Descriptor(try FileDescriptor.open(FilePath(folder.real("/etc")), .readOnly))
        let other = Descriptor(try FileDescriptor.open(FilePath(folder.real("/opt")), .readOnly))
        let group = Descriptor(FileDescriptor(rawValue: try Errno.check(clinux_fanotify_create(pidfd))))
        let result = clinux_fanotify_watch(group.number, directory.number)
        // Some file systems have no handles; then inotify serves.
        guard result != -EOPNOTSUPP, result != -EXDEV, result != -ENODEV else { return }
        _ = try Errno.check(result)
        _ = try Errno.check(clinux_fanotify_watch(group.number, other.number))
        let etc = try key(of: directory)
        let opt = try key(of: other)
        #expect(etc != opt)
        try folder.write("1", to: "/etc/fstab")
        #expect(try read(group, fanotify: etc).contains(Event(name: "fstab", isKeyed: true, pid: getpid())))
        try folder.write("1", to: "/opt/file")
        #expect(try read(group, fanotify: opt).contains(Event(name: "file", isKeyed: true, pid: getpid())))
        try folder.remove("/opt/file")
        #expect(unsafe rmdir(folder.real("/opt")) == 0)
        _ = try Errno.check(clinux_fanotify_unwatch(group.number, directory.number))
    }

    @Test("bytes that are no events are refused", arguments: [1, 16, 24, 48])
    func malformed(_ count: Int) {
        let buffer = [UInt8](repeating: 0xFF, count: count)
        var event = unsafe clinux_name_event()
        var offset = 0
        #expect(unsafe clinux_fanotify_next(buffer, buffer.count, &offset, &event) == -EBADMSG)
        #expect(unsafe clinux_inotify_next(buffer, buffer.count, &offset, &event) == -EBADMSG)
        #expect(offset == 0)
    }

    @Test("a uevent that the kernel did not send is not heard", .enabled(if: geteuid() == 0))
    func forged() throws {
        let socket = Descriptor(FileDescriptor(rawValue: try Errno.check(clinux_uevent_open())))
        let sender = Descriptor(FileDescriptor(rawValue: Glibc.socket(AF_NETLINK, Int32(SOCK_DGRAM.rawValue), 15)))
        // sockaddr_nl: family, padding, port, groups.
        var address: [UInt8] = [UInt8(AF_NETLINK), 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
        let text = Array("add@/module/nucprep\0SUBSYSTEM=module\0".utf8)
        let sent = unsafe address.withUnsafeMutableBytes { space in
            unsafe space.withMemoryRebound(to: sockaddr.self) { rebound in
                unsafe sendto(sender.number, text, text.count, 0, rebound.baseAddress, 12)
            }
        }
        // Group 1 is the kernel's alone where it refuses the sending already.
        guard sent == text.count else { return }
        var buffer = [UInt8](repeating: 0, count: 8192)
        let length = unsafe clinux_uevent_receive(socket.number, &buffer, buffer.count)
        #expect(length == -EAGAIN || !String(decoding: buffer, as: UTF8.self).contains("nucprep"))
    }

    @Test("the other end of a Unix socket is this process, with its groups")
    func peers() throws {
        var ends: [Int32] = [0, 0]
        #expect(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let one = Descriptor(FileDescriptor(rawValue: ends[0]))
        let other = Descriptor(FileDescriptor(rawValue: ends[1]))
        var peer = clinux_peer()
        _ = try unsafe Errno.check(clinux_peer_credentials(one.number, &peer))
        #expect(peer.pid == getpid())
        #expect(peer.uid == geteuid())
        #expect(peer.gid == getegid())
        var groups = [UInt32](repeating: 0, count: 1024)
        let count = try unsafe Errno.check(clinux_peer_groups(other.number, &groups, 1024))
        var own = [gid_t](repeating: 0, count: 1024)
        let ownCount = unsafe getgroups(1024, &own)
        #expect(groups[..<Int(count)].sorted() == own[..<Int(ownCount)].sorted())
    }
}
