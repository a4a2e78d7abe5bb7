internal import LinuxHost
internal import NodeConfiguration
internal import NodeState
internal import SystemPackage
internal import Testing

@testable internal import NodeEngine
@testable internal import NucprepDaemon

@Suite("State files")
struct StateFilesTests {
    private var record: BootRecord {
        var record = BootRecord(bootID: Samples.bootID)
        record.predictions = ["swap-off": "0b7c", "kernel-modules": "5e3f"]
        record.proofs = ["swap-off": "0b7c"]
        return record
    }

    @Test("a record reads as it was written")
    func roundTrip() {
        for record in [record, BootRecord()] { #expect(StateFiles.record(from: StateFiles.text(of: record)) == record) }
        #expect(StateFiles.text(of: record).split(separator: "\n").count == 4)
    }

    @Test(
        "a record with a line that is none of ours is none",
        arguments: ["what\n", "boot a b\n", "predicted swap-off\n", "boot x\nproven\n"])
    func malformed(_ text: String) { #expect(StateFiles.record(from: text) == nil) }

    @Test("a record is kept over a restart, and a broken one is forgotten")
    func kept() async throws {
        try await withStateFolder { folder in
            #expect(StateFiles(StateFolder(folder)).load() == BootRecord())
            StateFiles(StateFolder(folder)).save(record)
            #expect(StateFiles(StateFolder(folder)).load() == record)
            folder.appending("boot-record").write("rubbish\n")
            #expect(StateFiles(StateFolder(folder)).load() == BootRecord())
        }
    }

    @Test("the last good files are kept in their order, and what is no longer among them goes")
    func lastGood() async throws {
        try await withStateFolder { folder in
            let files = StateFiles(StateFolder(folder))
            #expect(files.lastGoodConfiguration().isEmpty)
            let many = (0..<12).map { index in
                ConfigurationFile(path: "/etc/nucprep/conf.d/\(11 - index).toml", bytes: [UInt8(index)])
            }
            files.keep(many)
            #expect(files.lastGoodConfiguration().map(\.bytes) == many.map(\.bytes))
            files.keep(Array(many.prefix(1)))
            #expect(files.lastGoodConfiguration().map(\.bytes) == [[0]])
            files.keep([])
            #expect(files.lastGoodConfiguration().isEmpty)
        }
    }
}
