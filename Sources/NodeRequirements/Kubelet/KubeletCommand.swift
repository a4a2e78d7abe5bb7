internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The arguments with which systemd starts the kubelet, each with the place that says it.
///
/// - Source: systemd.service(5), `ExecStart=`; systemd.exec(5), `Environment=`, `EnvironmentFile=`; kubeadm's drop-in
///   10-kubeadm.conf.
struct KubeletCommand: Equatable, Sendable {
    /// One word of the command line.
    struct Word: Equatable, Sendable {
        var text: String
        var evidence: Evidence
    }

    /// One flag.
    struct Flag: Equatable, Sendable {
        /// Without dashes; an underscore is a dash to the kubelet.
        var name: String
        /// `nil` when none stands with it.
        var value: String?
        var evidence: Evidence
    }

    static let unit = "kubelet.service"

    /// Where the unit lies; `nil` when there is none.
    var file: FilePath?
    /// All words after the program.
    var words: [Word] = []
    /// The environment files without a `-` that are not there: systemd does not start the kubelet then.
    var missing: [Word] = []

    /// What the answer rests on; environment files in other folders are seen by the periodic look.
    static let inputs: [Input] =
        layeredInputs("systemd/system")
        + [.path("/etc/default/kubelet"), .path("/etc/sysconfig"), .path("/var/lib/kubelet")]

    /// Reads the unit, its drop-ins and its environment files, as the next start does.
    static func read(_ host: HostView) async throws(ObservationError) -> KubeletCommand {
        var command = KubeletCommand()
        var texts: [LayeredText] = []
        for parent in try await host.bootFolders() {
            let path = parent.appending("systemd").appending("system").appending(unit)
            guard try await host.files.kind(of: path) != nil else { continue }
            command.file = path
            if let text = try await host.files.text(at: path) { texts.append(LayeredText(path: path, text: text)) }
            break
        }
        guard command.file != nil else { return command }
        texts += try await host.filesAtBoot(in: FilePath("systemd/system").appending("\(unit).d"))
        var plain: [(key: String, word: Word)] = []
        var environmentFiles: [Word] = []
        var start: Word?
        for text in texts {
            for item in UnitFile(parsing: text.text).assignments where item.section == "Service" {
                let evidence = Evidence(text.path, line: item.line)
                switch (item.key, item.value.isEmpty) {
                case ("Environment", true): plain = []
                case ("EnvironmentFile", true): environmentFiles = []
                case ("ExecStart", true): start = nil
                case ("Environment", false):
                    for word in ShellWords.split(item.value) {
                        guard let equals = word.firstIndex(of: "=") else { continue }
                        let value = Word(text: String(word[word.index(after: equals)...]), evidence: evidence)
                        plain.append((String(word[..<equals]), value))
                    }
                case ("EnvironmentFile", false): environmentFiles.append(Word(text: item.value, evidence: evidence))
                case ("ExecStart", false): start = Word(text: item.value, evidence: evidence)
                default: break
                }
            }
        }
        // Files count before `Environment=`, wherever they stand.
        var variables = Dictionary(plain.map { ($0.key, $0.word) }) { $1 }
        for named in environmentFiles {
            let isOptional = named.text.hasPrefix("-")
            let path = FilePath(String(named.text.drop { $0 == "-" }))
            guard let text = try await host.files.text(at: path) else {
                if !isOptional { command.missing.append(Word(text: path.string, evidence: named.evidence)) }
                continue
            }
            for item in EnvironmentText(parsing: text).assignments {
                variables[item.key] = Word(text: item.value, evidence: Evidence(path, line: item.line))
            }
        }
        if let start { command.take(start, variables) }
        return command
    }

    /// `$NAME` alone is split into words, `${NAME}` is one.
    private mutating func take(_ start: Word, _ variables: [String: Word]) {
        for word in ShellWords.split(start.text).dropFirst() {
            guard word.hasPrefix("$") else {
                words.append(Word(text: word, evidence: start.evidence))
                continue
            }
            let isWhole = word.hasPrefix("${") && word.hasSuffix("}")
            let name = String(isWhole ? word.dropFirst(2).dropLast() : word.dropFirst())
            guard let value = variables[name] else { continue }
            words += (isWhole ? [value.text] : ShellWords.split(value.text)).map {
                Word(text: $0, evidence: value.evidence)
            }
        }
    }

    /// The flags, in order; of two of one name the later counts.
    var flags: [Flag] {
        var flags: [Flag] = []
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            guard word.text.hasPrefix("--"), word.text.utf8.count > 2 else { continue }
            let parts = word.text.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0]).replacing("_", with: "-")
            var value = parts.count > 1 ? String(parts[1]) : nil
            if value == nil, index < words.count, !words[index].text.hasPrefix("-") { value = words[index].text }
            flags.append(Flag(name: name, value: value, evidence: word.evidence))
        }
        return flags
    }

    /// The flag that counts.
    func flag(_ name: String) -> Flag? { flags.last { $0.name == name } }
}
