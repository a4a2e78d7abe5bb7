import Glibc
import LinuxHost
import NodeRequirements
import NodeState
import NodeTesting
import SystemPackage
import Testing

/// One recorded host below `Fixtures/`.
struct Record: CustomTestStringConvertible, Sendable {
    var id: RequirementID
    var name: String

    var testDescription: String { "\(id)/\(name)" }

    static let folder = FilePath("\(#filePath)").removingLastComponent().appending("Fixtures")

    /// All of them; none when the folder cannot be read, which a test finds out.
    ///
    /// `RECORDS=id,id` takes those of some requirements; `RECORDS=1/8` takes every eighth, for a run that is slow.
    static let all = chosen.records

    /// Whether no choice leaves a record out.
    static var isWhole: Bool { chosen.isWhole }

    private static let chosen: (records: [Record], isWhole: Bool) = {
        let choice = unsafe getenv("RECORDS").map { unsafe String(cString: $0) }
        let every = choice.flatMap { $0.hasPrefix("1/") ? Int($0.dropFirst(2)) : nil }
        let wanted = every == nil ? choice.map { Set($0.split(separator: ",").map(String.init)) } : nil
        let records = Catalog.ids.filter { wanted?.contains($0.name) ?? true }.flatMap { id in
            ((try? RecordedHost.names(in: folder.appending(id.name))) ?? []).map { Record(id: id, name: $0) }
        }
        guard let every, every > 1 else { return (records, choice == nil) }
        return (records.enumerated().filter { $0.offset.isMultiple(of: every) }.map(\.element), false)
    }()

    var host: RecordedHost {
        get throws {
            try RecordedHost(Self.folder.appending(id.name).appending(name), known: Catalog.ids)
        }
    }

    /// The requirement that the record is about, as its configuration wants it.
    func requirement(_ configuration: Configuration) throws -> any Requirement {
        try #require(Catalog.all.first { $0.entry.id == id }).init(configuration)
    }
}
