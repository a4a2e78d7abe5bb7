import SystemPackage
import Testing

@testable import LinuxHost

@Suite("Backup store")
struct BackupStoreTests {
    let folder: ScratchFolder
    let store: BackupStore

    init() throws {
        folder = try ScratchFolder()
        store = BackupStore(
            folder: folder.path.appending("lib").appending("backup"), versionsPerPath: 3, totalBytes: 100)
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("a version is named by its SHA-256 and comes back as it was")
    func keeps() throws {
        let digest = try store.keep(bytes("abc"), of: "/etc/fstab")
        // FIPS 180-4, the one-block message of its examples.
        #expect(digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(try store.bytes(of: digest) == bytes("abc"))
        #expect(try folder.status(FilePath("/lib/backup/\(digest)")).permissions == 0o600)
        #expect(try folder.status("/lib/backup").permissions == 0o700)
        #expect(try folder.names("/lib/backup") == [digest, "index"])
    }

    @Test("the same version is written once")
    func once() throws {
        let digest = try store.keep(bytes("abc"), of: "/etc/fstab")
        let before = try folder.status(FilePath("/lib/backup/\(digest)"))
        let index = try folder.status("/lib/backup/index")
        #expect(try store.keep(bytes("abc"), of: "/etc/fstab") == digest)
        #expect(try folder.status(FilePath("/lib/backup/\(digest)")) == before)
        #expect(try folder.status("/lib/backup/index") == index)
    }

    @Test("a path has its newest versions, oldest first, and one that comes again is the newest")
    func versions() throws {
        for text in ["1", "2", "3", "4", "3"] { _ = try store.keep(bytes(text), of: "/etc/fstab") }
        let kept = try store.versions(of: "/etc/fstab").map { try store.bytes(of: $0) }
        #expect(kept == [bytes("2"), bytes("4"), bytes("3")])
        #expect(try folder.names("/lib/backup").count == 4)
        #expect(try store.bytes(of: BackupStore.digest(of: bytes("1"))) == nil)
    }

    @Test("beyond the size in all the oldest goes, but never the newest of a path")
    func total() throws {
        let forty = String(repeating: "x", count: 40)
        _ = try store.keep(bytes("a" + forty), of: "/etc/a")
        _ = try store.keep(bytes("b" + forty), of: "/etc/b")
        _ = try store.keep(bytes("c" + forty), of: "/etc/b")
        #expect(try store.versions(of: "/etc/a").count == 1)
        #expect(try store.versions(of: "/etc/b").count == 1)
        _ = try store.keep(bytes("d" + forty), of: "/etc/d")
        #expect(try ["/etc/a", "/etc/b", "/etc/d"].map { try store.versions(of: $0).count } == [1, 1, 1])
    }

    @Test("contents that two paths share go with the second")
    func shared() throws {
        let digest = try store.keep(bytes("shared"), of: "/etc/a")
        _ = try store.keep(bytes("shared"), of: "/etc/b")
        for text in ["1", "2", "3"] { _ = try store.keep(bytes(text), of: "/etc/a") }
        #expect(try store.versions(of: "/etc/a").contains(digest) == false)
        #expect(try store.bytes(of: digest) == bytes("shared"))
    }

    @Test("a file that no longer has its contents is an error, and no answer")
    func damaged() throws {
        let digest = try store.keep(bytes("abc"), of: "/etc/fstab")
        try folder.write("abd", to: FilePath("/lib/backup/\(digest)"))
        let error = #expect(throws: BackupError.self) { try store.bytes(of: digest) }
        #expect(error?.errno == .badMessage)
    }

    @Test("half an index and half a file do no harm")
    func leftovers() throws {
        let digest = try store.keep(bytes("abc"), of: "/etc/fstab")
        try folder.write("\(digest) 3 /etc/fstab\n\(digest.prefix(9)) 7 /e", to: "/lib/backup/index")
        try folder.write("ha", to: FilePath("/lib/backup/.\(BackupStore.digest(of: bytes("half"))).new"))
        #expect(try store.versions(of: "/etc/fstab") == [digest])
        let half = try store.keep(bytes("half"), of: "/etc/fstab")
        #expect(try store.bytes(of: half) == bytes("half"))
        #expect(try store.versions(of: "/etc/fstab") == [digest, half])
    }

    @Test(
        "no name leads out of the store",
        arguments: ["", "index", "../../../../etc/passwd", String(repeating: "/", count: 64)])
    func names(_ digest: String) throws {
        #expect(try store.bytes(of: digest) == nil)
    }

    @Test("a path with a line end is still one path")
    func lineEnds() throws {
        let digest = try store.keep(bytes("abc"), of: "/etc/a\n0 /etc/b")
        #expect(try store.versions(of: "/etc/a\n0 /etc/b") == [digest])
        #expect(try store.versions(of: "/etc/b").isEmpty)
    }
}
