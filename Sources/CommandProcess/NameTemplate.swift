/// A name that the C library completes, so that it is one that was not there.
enum NameTemplate {
    /// The template of a name in /tmp that begins with `prefix`, ended by a zero byte.
    ///
    /// - Source: mkstemp(3), mkdtemp(3).
    static func inTemporaryFolder(_ prefix: String) -> [CChar] { Array("/tmp/\(prefix).XXXXXX".utf8CString) }
}
