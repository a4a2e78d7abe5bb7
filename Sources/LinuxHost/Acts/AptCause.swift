internal import NodeEngine
internal import TextForms

/// Why apt did not do what it was ordered to, by what it wrote to standard error in the C locale.
///
/// - Source: apt's own messages: apt-pkg/, cmdline/ and methods/ of apt 2.2 to 3.0.
enum AptCause {
    /// The cause in words, with apt's line quoted; the last line of an error where none is known.
    static func cause(in errors: String) -> String { found(in: errors).text }

    /// That `what` was not done: for something that passes, where apt names such a cause, else as a failure.
    static func error(_ what: String, _ errors: String) -> ChangeError {
        let (text, cause) = found(in: errors)
        guard let cause else { return .failed("cannot \(what): \(text)") }
        return .waiting(cause, "cannot \(what): \(text)")
    }

    private static func found(in errors: String) -> (text: String, cause: WaitCause?) {
        let lines = errors.split(whereSeparator: \.isNewline).map { StrangeText.line($0, limit: 300) }
        for (words, meaning) in known {
            guard let line = lines.first(where: { line in words.contains { line.contains($0) } }) else { continue }
            return ("\(meaning(line)): \"\(line)\"", causes.first { words.contains($0.word) }?.cause)
        }
        let last = lines.last { $0.hasPrefix("E:") } ?? lines.last
        return (last.map { "apt says \"\($0)\"" } ?? "apt says nothing", nil)
    }

    /// What passes by itself or by another's doing, by the first words of its line in the table below.
    private static let causes: [(word: String, cause: WaitCause)] = [
        ("Could not get lock", .packageLock), ("No space left on device", .diskSpace), ("Could not resolve", .network),
    ]

    /// Whether other lists could help: a package or a version is not in them, or its file is gone from the server.
    static func areListsStale(_ errors: String) -> Bool {
        let words = [
            "Unable to locate package", "has no installation candidate", "was not found", "404  Not Found",
            "Failed to fetch",
        ]
        return words.contains { errors.contains($0) }
    }

    /// In this order: what comes first explains what comes after it.
    private static let known: [(words: [String], meaning: @Sendable (String) -> String)] = [
        (["Could not get lock", "Unable to acquire the dpkg frontend lock", "Unable to lock"], lock),
        (["dpkg was interrupted"], { _ in "dpkg was interrupted before" }),
        (["No space left on device", "don't have enough free space"], { _ in "the disk is full" }),
        (
            ["NO_PUBKEY", "is not signed", "EXPKEYSIG", "BADSIG", "KEYEXPIRED"],
            { _ in "the repository is not signed by a valid key" }
        ),
        (["is expired (invalid since", "is not valid yet"], { _ in "the repository's Release file is out of date" }),
        (
            [
                "Could not resolve", "Temporary failure resolving", "Could not connect", "Unable to connect",
                "Connection failed", "Connection refused", "Connection timed out", "Network is unreachable",
                "No route to host", "Certificate verification failed", "Could not handshake",
            ], { _ in "the repository cannot be reached" }
        ),
        (["was not found"], { _ in "the repositories do not offer that version" }),
        (
            ["Unable to locate package", "has no installation candidate", "No packages found"],
            { _ in "the repositories do not offer that package" }
        ),
        (["remove is disabled"], { _ in "it would remove other packages" }),
        (["packages were downgraded and -y", "Packages were downgraded"], { _ in "it would be a downgrade" }),
        (["Held packages were changed"], { _ in "a held package would change" }),
        (
            ["nmet dependencies", "held broken packages", "unable to correct problems", "Depends:"],
            { _ in "its dependencies cannot be met" }
        ),
        (["Failed to fetch"], { _ in "the repository does not give what it lists" }),
        (["Sub-process"], { _ in "dpkg failed" }),
    ]

    private static func lock(_ line: String) -> String {
        guard let held = line.range(of: "held by process "),
            let pid = Int(line[held.upperBound...].prefix { $0.isASCII && $0.isNumber })
        else { return "another program holds dpkg's lock" }
        return "process \(pid) holds dpkg's lock"
    }
}

extension String {
    /// Where `text` stands first.
    fileprivate func range(of text: String) -> Range<Index>? { ranges(of: text).first }
}
