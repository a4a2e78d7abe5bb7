internal import CommandProcess
package import SystemPackage

/// The key by which the person's ssh logs in without a password, as `nucprep report` needs it.
package struct PersonalKey: Sendable {
    /// The person's home folder.
    let home: FilePath
    /// Where programs are looked for; `nil` for the caller's `PATH`.
    let searchPath: String?

    /// The keys of the person whose home folder is `home`.
    package init(home: FilePath, searchPath: String? = nil) {
        self.home = home
        self.searchPath = searchPath
    }

    private var folder: FilePath { home.appending(".ssh") }

    /// Whether there is any: an agent that holds one, or the public part of one by a name that ssh looks for itself.
    ///
    /// - Source: ssh-add(1), `-L`; ssh_config(5), `IdentityFile`.
    func exists() async -> Bool {
        for kind in ["ed25519", "ecdsa", "rsa", "ed25519_sk", "ecdsa_sk"]
        where (try? Stat(folder.appending("id_\(kind).pub"))) != nil {
            return true
        }
        return (try? await ChildProgram(name: "ssh-add", arguments: ["-L"], searchPath: searchPath).run())?.exit == 0
    }

    /// Makes one without a passphrase, as ssh-keygen does it; a file that is there already is never replaced.
    ///
    /// - Returns: whether there is one now.
    func make() async -> Bool {
        let path = folder.appending("id_ed25519")
        guard (try? Stat(path, followTargetSymlink: false)) == nil,
            (try? PrivateFolder.make(at: folder)) != nil
        else { return false }
        let program = ChildProgram(
            name: "ssh-keygen", arguments: ["-q", "-t", "ed25519", "-N", "", "-f", path.string], searchPath: searchPath)
        return (try? await program.runOnTerminal()) == 0
    }
}
