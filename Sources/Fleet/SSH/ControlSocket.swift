internal import CommandProcess
package import SystemPackage

/// Where ssh may keep connections for the sessions that follow.
package enum ControlSocket {
    /// root's folder, made by tmpfiles.
    private static let rootFolder: FilePath = "/run/nucprep/ssh"

    /// The pattern for ssh's `ControlPath`.
    ///
    /// root has a folder of its own; others use their runtime directory, which the session made for them. Either must
    /// belong to the user and be closed to all others, since who can reach the socket has the user's way to the nodes.
    ///
    /// - Parameter runtimeFolder: what `XDG_RUNTIME_DIR` says.
    /// - Returns: `nil` where no folder is safe enough.
    package static func path(runtimeFolder: String?) -> String? {
        // A process's own folder in /proc belongs to the user it runs as.
        guard let me = try? Stat(FilePath("/proc/self")).userID else { return nil }
        if me.rawValue == 0 { return path(in: rootFolder, owner: me, prefix: "") }
        guard let runtimeFolder, !runtimeFolder.isEmpty else { return nil }
        return path(in: FilePath(runtimeFolder), owner: me, prefix: "nucprep-")
    }

    /// The pattern in a new folder in /tmp that is closed to all others, for a login that has no runtime directory, such as
    /// one by su(1); with it the folder, to be removed at the end.
    ///
    /// - Returns: `nil` when none can be made.
    package static func temporary() -> (path: String, folder: FilePath)? {
        guard let folder = try? PrivateFolder.make(prefix: "nucprep-ssh"), let me = try? Stat(folder).userID,
            let path = path(in: folder, owner: me, prefix: "")
        else { return nil }
        return (path, folder)
    }

    /// The pattern in `folder`, if that is a directory of `owner` with mode 0700 and a short, plain path.
    ///
    /// - Source: ssh_config(5), `ControlPath` and TOKENS; unix(7): `sun_path` has 108 bytes, of which ssh needs 40 for `%C`,
    ///   17 for a temporary suffix and 1 for the end.
    static func path(in folder: FilePath, owner: UserID, prefix: String) -> String? {
        guard let stat = try? Stat(folder, followTargetSymlink: false), stat.type == .directory, stat.userID == owner,
            stat.permissions == .ownerReadWriteExecute
        else { return nil }
        let text = "\(folder)/\(prefix)"
        let isPlain =
            folder.isAbsolute
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "/._-".utf8.contains(byte)
                }
            }
        return isPlain && text.utf8.count <= 50 ? text + "%C" : nil
    }
}
