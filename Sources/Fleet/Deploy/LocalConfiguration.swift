package import SystemPackage

/// The configuration of this machine as it is shared with other nodes.
package enum LocalConfiguration {
    /// The merged values as TOML, without what is this machine's alone.
    ///
    /// The daemon's program reads and merges the files; see `nucprepd show --shared`.
    /// - Parameters:
    ///   - program: the daemon's program.
    ///   - root: where the files begin.
    /// - Returns: `nil` when the configuration is not valid.
    package static func shared(program: String, root: FilePath = "/") async -> [UInt8]? {
        // The files have 1 MiB at the most, and a listing says each value once.
        let child = ChildProgram(
            name: program, arguments: ["show", "--shared", "--root", root.string], searchPath: nil, outputLimit: 4 << 20
        )
        guard let end = try? await child.run(), end.exit == 0, !end.output.isEmpty else { return nil }
        return end.output
    }
}
