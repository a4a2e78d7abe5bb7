/// The files that nucprep owns: each says so in its first lines, and how to opt out.
enum OwnFile {
    /// The bytes of an owned file with `#` comments.
    static func text(about subject: String, lines: [String]) -> [UInt8] {
        let head = [
            "# Written by nucprepd: \(subject).",
            "# It is written again when it changes; to keep it as you want it, set",
            "# mode = \"observe\" for the requirement in /etc/nucprep/nucprep.toml.",
        ]
        return Array((head + lines).map { $0 + "\n" }.joined().utf8)
    }
}
