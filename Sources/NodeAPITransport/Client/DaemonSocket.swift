package import SystemPackage

/// The sockets that systemd makes for the daemon of this machine (`nucprepd.socket`).
package enum DaemonSocket {
    /// The one for everybody.
    package static let path: FilePath = "/run/nucprep/nucprepd.sock"

    /// The one whose folder only root may enter: at the other one root stands in the same queue as those who flood it.
    static let pathForRoot: FilePath = "/run/nucprep/root/nucprepd.sock"
}

extension UnixSocket {
    /// A connection to the queue of root's own, when `path` is the daemon's socket; `nil` when there is none, as for
    /// everybody but root, and for a daemon whose socket was made before there was one: then `path` itself is asked.
    static func connectToRootQueue(
        insteadOf path: FilePath, shared: FilePath = DaemonSocket.path, own: FilePath = DaemonSocket.pathForRoot
    ) -> SystemPackage.FileDescriptor? {
        // Beside any other path, a folder called root could be anybody's.
        path == shared ? try? connect(to: own, isBlocking: false) : nil
    }
}
