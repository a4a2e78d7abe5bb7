internal import CLinux
package import NodeAPI
package import SystemPackage

/// Who is at the other end of a Unix socket.
package enum PeerCredentials {
    /// The caller as the kernel noted it when the connection was made; later changes of the process do not matter.
    ///
    /// The pid is 0 when the process is outside of this pid namespace.
    /// - Throws: when the socket is no connected Unix socket.
    /// - Source: unix(7), SO_PEERCRED; SO_PEERGROUPS (Linux 4.13).
    package static func caller(on socket: Int32) throws(Errno) -> Caller {
        var peer = clinux_peer()
        let result = unsafe clinux_peer_credentials(socket, &peer)
        guard result >= 0 else { throw Errno(rawValue: -result) }
        var groups = [peer.gid]
        // 65536 is the most that the kernel keeps for a process: NGROUPS_MAX.
        for capacity in [64, 65536] {
            var others = [UInt32](repeating: 0, count: capacity)
            let count = unsafe clinux_peer_groups(socket, &others, Int32(capacity))
            if count == -Errno.outOfRange.rawValue { continue }
            if count > 0 { groups += others.prefix(Int(count)).filter { $0 != peer.gid } }
            break
        }
        return Caller(uid: peer.uid, pid: peer.pid, groups: groups)
    }
}
