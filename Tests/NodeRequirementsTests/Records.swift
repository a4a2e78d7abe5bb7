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
    /// For a run by hand, `RECORDS=id,id` takes those
    /// of some requirements.
    static let all: [Record] = Catalog.ids.filter { wanted?.contains($0.name) ?? true }.flatMap { id in
        ((try? RecordedHost.names(in: folder.appending(id.name))) ?? []).map { Record(id: id, name: $0) }
    }

    private static let wanted = unsafe getenv("RECORDS").map {
        unsafe Set(String(cString: $0).split(separator: ",").map(String.init))
    }

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
