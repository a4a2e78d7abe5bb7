internal import SystemPackage

/// Names in /tmp that nobody can guess.
enum TemporaryName {
    /// How often another name is tried where one is taken.
    static let tries = 16

    /// A name that begins with `prefix`; whoever uses it makes sure that it is new.
    static func random(_ prefix: String) -> FilePath {
        FilePath("/tmp").appending("\(prefix).\(String(UInt64.random(in: 0 ... .max), radix: 36))")
    }
}
