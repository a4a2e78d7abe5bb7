internal import LinuxHost
internal import NodeConfiguration
internal import NodeEngine
internal import NodeState
internal import SystemPackage

/// What the daemon keeps over a restart and a reboot, below `/var/lib/nucprep`: all of it can be lost without harm.
struct StateFiles: BootRecordKeeping {
    private let folder: StateFolder
    private static let record = "boot-record"
    private static let lastGood = "last-good"

    /// The state in a folder.
    init(_ folder: StateFolder) { self.folder = folder }

    /// The record that was kept; an unreadable or malformed one is as good as none.
    func load() -> BootRecord {
        guard let bytes = folder.read(Self.record) else { return BootRecord() }
        return Self.record(from: String(decoding: bytes, as: UTF8.self)) ?? BootRecord()
    }

    /// Keeps the record; when that fails, the next boot proves nothing, and nothing worse.
    func save(_ record: BootRecord) { folder.write(Array(Self.text(of: record).utf8), to: Self.record) }

    /// The verbatim files of the last configuration that was good, in order.
    func lastGoodConfiguration() -> [ConfigurationFile] {
        folder.names(in: Self.lastGood).compactMap { name in
            guard let bytes = folder.read("\(Self.lastGood)/\(name)") else { return nil }
            return ConfigurationFile(path: "last good copy of \(name)", bytes: bytes)
        }
    }

    /// Keeps the files of a good configuration.
    func keep(_ files: [ConfigurationFile]) {
        let kept = files.enumerated().map { index, file in
            let number = String(index)
            let prefix = String(repeating: "0", count: max(0, 3 - number.count)) + number
            return ("\(prefix)-\(FilePath(file.path).lastComponent?.string ?? "nucprep.toml")", file.bytes)
        }
        let names = folder.names(in: Self.lastGood)
        for (name, bytes) in kept where folder.read("\(Self.lastGood)/\(name)") != bytes {
            folder.write(bytes, to: "\(Self.lastGood)/\(name)")
        }
        for name in names where !kept.contains(where: { $0.0 == name }) { folder.remove("\(Self.lastGood)/\(name)") }
    }

    /// One line for the boot, one for each prediction and proof.
    static func text(of record: BootRecord) -> String {
        let lines =
            ["boot \(record.bootID)"]
            + record.predictions.sorted { $0.key < $1.key }.map { "predicted \($0.key) \($0.value)" }
            + record.proofs.sorted { $0.key < $1.key }.map { "proven \($0.key) \($0.value)" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The record that a text holds; `nil` when a line is none of ours.
    static func record(from text: String) -> BootRecord? {
        var record = BootRecord()
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            switch (words.first, words.count) {
            case ("boot", 2): record.bootID = words[1]
            case ("boot", 1): record.bootID = ""
            case ("predicted", 3): if let id = RequirementID(words[1]) { record.predictions[id] = words[2] }
            case ("proven", 3): if let id = RequirementID(words[1]) { record.proofs[id] = words[2] }
            default: return nil
            }
        }
        return record
    }
}
