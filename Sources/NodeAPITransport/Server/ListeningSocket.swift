internal import Glibc
package import SystemPackage

/// Why the server cannot listen.
package struct ListenError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The path or the descriptor.
    package var what: String
    package var cause: String

    package var description: String { "cannot listen on \(what): \(cause)" }
}

/// A Unix socket that listens; it has one owner, who closes it.
package struct ListeningSocket: Sendable {
    let descriptor: SystemPackage.FileDescriptor
    /// How errors call it.
    let name: String
    private let made: FilePath?

    /// The socket that systemd has made and handed on.
    ///
    /// - Throws: when the descriptor is no listening Unix stream socket.
    /// - Source: sd_listen_fds(3).
    package static func inherited(_ descriptor: SystemPackage.FileDescriptor) throws(ListenError) -> ListeningSocket {
        let name = "descriptor \(descriptor.rawValue)"
        let wanted = [
            (SO_DOMAIN, AF_UNIX), (SO_TYPE, Int32(SOCK_STREAM.rawValue)), (SO_ACCEPTCONN, 1),
        ]
        for (option, value) in wanted where UnixSocket.option(option, of: descriptor) != value {
            throw ListenError(what: name, cause: "it is no listening Unix stream socket")
        }
        return ListeningSocket(descriptor: descriptor, name: name, made: nil)
    }

    /// Makes a socket at `path` that every local user may connect to; what they may ask is decided by who they are.
    ///
    /// A socket that stands there is taken away when nobody listens on it, such as after a crash. Nothing else is.
    /// - Throws: when something else stands there, somebody listens, or the socket cannot be made.
    /// - Source: unix(7).
    package static func bound(to path: FilePath) throws(ListenError) -> ListeningSocket {
        do throws(Errno) {
            return try make(at: path)
        } catch .addressInUse {
            throw ListenError(what: path.string, cause: "another process listens there")
        } catch .fileExists {
            throw ListenError(what: path.string, cause: "something that is no socket stands there")
        } catch {
            throw ListenError(what: path.string, cause: error.description)
        }
    }

    private static func make(at path: FilePath) throws(Errno) -> ListeningSocket {
        try removeStale(path)
        let descriptor = try UnixSocket.open()
        do throws(Errno) {
            try UnixSocket.bind(descriptor, to: path)
            guard unsafe chmod(path.string, 0o666) == 0,
                listen(descriptor.rawValue, Int32(ServerLimits().connections)) == 0
            else {
                throw Errno(rawValue: errno)
            }
        } catch {
            try? descriptor.close()
            throw error
        }
        return ListeningSocket(descriptor: descriptor, name: path.string, made: path)
    }

    /// Removes a socket that refuses connections; only a socket can, so nothing else is ever removed.
    private static func removeStale(_ path: FilePath) throws(Errno) {
        var status = stat()
        guard unsafe lstat(path.string, &status) == 0 else {
            if errno == ENOENT { return }
            throw Errno(rawValue: errno)
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .fileExists }
        do throws(Errno) {
            let probe = try UnixSocket.connect(to: path, isBlocking: false)
            try? probe.close()
        } catch .connectionRefused {
            guard unsafe unlink(path.string) == 0 else { throw Errno(rawValue: errno) }
            return
        } catch .resourceTemporarilyUnavailable {
            throw .addressInUse
        }
        throw .addressInUse
    }

    /// Removes the name of a socket that was made here.
    func remove() {
        if let made { _ = unsafe unlink(made.string) }
    }
}
