package import LinuxHost
internal import NodeConfiguration
package import NodeEngine
package import NodeState
package import SystemPackage

/// A host that was recorded as a folder: `root/` holds the files that matter, `nucprep.toml` what is asked of it, and
/// `report.txt` what is to be said of it.
package struct RecordedHost: Sendable {
    /// The folder of the record.
    package let folder: FilePath
    /// The configuration; the defaults where the record has none.
    package let configuration: Configuration
    /// What the record answers where no file does, from `machine.toml`; nothing where the record has none.
    package var record: HostRecord

    /// The record in `folder`.
    ///
    /// - Parameters:
    ///   - folder: the folder.
    ///   - known: the ids of the catalogue.
    /// - Throws: when the configuration is wrong or cannot be read.
    package init(_ folder: FilePath, known: [RequirementID]) throws {
        self.folder = folder
        let files = try RootedOpen(root: folder)
        record = try files.bytes(at: "/machine.toml", limit: 1 << 18).map(HostRecord.init) ?? HostRecord()
        let bytes = try files.bytes(at: "/nucprep.toml", limit: 1 << 18)
        configuration = try ConfigurationDecoder.decode(
            bytes.map { [ConfigurationFile(path: "nucprep.toml", bytes: $0)] } ?? [], known: known)
    }

    /// The records in a folder of folders, by name.
    package static func names(in folder: FilePath) throws -> [String] { try RootedOpen(root: folder).names(in: "/") }

    /// The root of the host.
    package var root: FilePath { folder.appending("root") }

    /// The text that the record expects.
    package var report: FilePath { folder.appending("report.txt") }

    /// Judges the host as it lies there, on the day of ``TestClock``.
    package func judged(by requirements: [any Requirement]) async throws -> Judgement {
        let looks = await Inspector(requirements).look(
            at: try LinuxMachine(root: root, record: RecordedAnswers(record)).view)
        return Judgement(looks, waivers: configuration.waivers, today: "2026-07-29")
    }
}
