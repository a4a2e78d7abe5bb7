import LinuxHost
import NodeEngine
import NodeState
import NodeTesting
import SystemPackage
import Testing

@Suite("A machine beneath a root")
struct LinuxMachineTests {
    private let tree: ScratchTree
    private let view: HostView

    init() throws {
        tree = try ScratchTree()
        view = try LinuxMachine(root: tree.path).view
    }

    @Test("a tree that does not record its modules says nothing of them")
    func unrecorded() async {
        await #expect(throws: ObservationError.self) { _ = try await view.modules.presence(of: "overlay") }
    }

    @Test("a module is absent, loaded or built in, whichever way its name is written")
    func modules() async throws {
        try tree.write("live\n", to: "/sys/module/br_netfilter/initstate")
        try tree.write("1\n", to: "/sys/module/overlay/parameters/index")
        #expect(try await view.modules.presence(of: "br-netfilter") == .loaded)
        #expect(try await view.modules.presence(of: "br_netfilter") == .loaded)
        #expect(try await view.modules.presence(of: "overlay") == .builtIn)
        #expect(try await view.modules.presence(of: "nf_nat") == .absent)
    }

    @Test("the kernel is what its files say, and unknown without them")
    func kernel() async throws {
        await #expect(throws: ObservationError(reading: "/proc/sys/kernel/osrelease", cause: "it is absent")) {
            _ = try await view.kernel.release()
        }
        try tree.write("6.1.0-18-amd64\n", to: "/proc/sys/kernel/osrelease")
        try tree.write("nuc01\n", to: "/proc/sys/kernel/hostname")
        #expect(try await view.kernel.release() == "6.1.0-18-amd64")
        #expect(try await view.kernel.nodename() == "nuc01")
    }

    @Test("a tree has no network of its own, and no boot")
    func nothingOfTheLiveMachine() async throws {
        #expect(try await view.network.addresses() == [])
        #expect(try await view.network.hardwareAddresses() == [])
        #expect(try LinuxMachine(root: tree.path).bootID == String(repeating: "0", count: 32))
    }

    @Test("links and dots lead nowhere out of the tree")
    func confined() async throws {
        try tree.link("/etc/swaps", to: "/proc/swaps")
        try tree.link("/etc/outside", to: "../../../../../../../../etc/passwd")
        #expect(try await view.files.text(at: "/etc/swaps") == nil)
        #expect(try await view.files.text(at: "/etc/outside") == nil)
        #expect(try await view.files.text(at: "/../../etc/passwd") == nil)
        try tree.write("inside", to: "/proc/swaps")
        #expect(try await view.files.text(at: "/etc/swaps") == "inside")
    }

    @Test("the live machine answers for itself")
    func live() async throws {
        let live = try LinuxMachine(root: "/")
        #expect(live.bootID.count == 32)
        #expect(try await live.view.kernel.release().isEmpty == false)
        let addresses = try await live.view.network.addresses()
        #expect(!addresses.contains("127.0.0.1"))
        #expect(!addresses.contains { $0.contains("%") })
        _ = try await live.view.network.hardwareAddresses()
    }

    @Test("a root that is none is an error")
    func noRoot() {
        #expect(throws: ObservationError.self) { _ = try LinuxMachine(root: tree.path.appending("none")) }
    }
}

@Suite("Control of a tree")
struct RootedControlTests {
    private let tree: ScratchTree
    private let state: ScratchTree
    private let acts: HostActs

    init() throws {
        tree = try ScratchTree()
        state = try ScratchTree()
        acts = try HostActs(root: tree.path, state: state.path)
    }

    private func perform(_ change: Change) async throws(ChangeError) -> Effect {
        try await acts.control.perform(change)
    }

    private func edit(_ path: FilePath, _ before: String?, _ after: String) -> FileEdit {
        FileEdit(path: path, before: before.map { Array($0.utf8) }, after: Array(after.utf8))
    }

    @Test("a file is written once, and a second time changes neither bytes nor times")
    func writing() async throws {
        try tree.write("one\n", to: "/etc/fstab")
        let change = Change.editFstab(edit("/etc/fstab", "one\n", "#one\n"))
        #expect(try await perform(change) == .applied)
        #expect(try tree.text("/etc/fstab") == "#one\n")
        try await settle()
        let before = try tree.inventory()
        #expect(try await perform(change) == .alreadyTrue)
        #expect(try tree.inventory() == before)
    }

    /// Takes away what the first change left beside the file.
    private func settle() async throws {
        for await replaced in acts.replaced {
            #expect(try replaced.settle() == .removed)
            return
        }
    }

    @Test("a file that another process has open for writing is waited for, and it is said how to find that process")
    func writer() async throws {
        try tree.write("one\n", to: "/etc/fstab")
        let writer = try FileDescriptor.open(tree.real("/etc/fstab"), .writeOnly)
        let change = Change.editFstab(edit("/etc/fstab", "one\n", "#one\n"))
        await #expect {
            try await perform(change)
        } throws: { error in
            guard case .waiting(.writer, let text) = error as? ChangeError else { return false }
            return text.contains("open for writing") && text.contains("fuser -v /etc/fstab")
        }
        #expect(try tree.text("/etc/fstab") == "one\n")
        try writer.close()
        #expect(try await perform(change) == .applied)
    }

    @Test("what was replaced has a backup, outside of the tree")
    func backup() async throws {
        try tree.write("one\n", to: "/etc/fstab")
        _ = try await perform(.editFstab(edit("/etc/fstab", "one\n", "#one\n")))
        let backups = BackupStore(folder: state.path.appending("backup"))
        let versions = try backups.versions(of: "/etc/fstab")
        #expect(versions.count == 1)
        #expect(try backups.bytes(of: try #require(versions.first)) == Array("one\n".utf8))
    }

    @Test("a file that moved on is left as it is")
    func movedOn() async throws {
        try tree.write("two\n", to: "/etc/fstab")
        await #expect(throws: ChangeError.movedOn("cannot write /etc/fstab: it has changed since it was read")) {
            _ = try await perform(.editFstab(edit("/etc/fstab", "one\n", "#one\n")))
        }
        #expect(try tree.text("/etc/fstab") == "two\n")
    }

    @Test("nothing outside of /etc is written, by name or by link")
    func outside() async throws {
        try tree.write("one\n", to: "/usr/lib/x.conf")
        try tree.link("/etc/x.conf", to: "/usr/lib/x.conf")
        for path in ["/usr/lib/x.conf", "/etc/x.conf", "/etc/../usr/lib/x.conf"] as [FilePath] {
            do throws(ChangeError) {
                _ = try await perform(.writeFile(edit(path, "one\n", "two\n")))
                Issue.record("\(path) was written")
            } catch {
                guard case .refused = error else {
                    Issue.record("\(path): \(error)")
                    continue
                }
            }
        }
        #expect(try tree.text("/usr/lib/x.conf") == "one\n")
    }

    @Test("a new file brings the folders above it")
    func newFile() async throws {
        try tree.makeFolder("/etc")
        #expect(try await perform(.writeFile(edit("/etc/systemd/system/swap.d/50-nucprep.conf", nil, "x"))) == .applied)
        #expect(try tree.text("/etc/systemd/system/swap.d/50-nucprep.conf") == "x")
    }

    @Test("a unit is masked once, and never over what is there")
    func masking() async throws {
        try tree.makeFolder("/etc/systemd/system")
        #expect(try await perform(.maskUnit("dev-sda2.swap")) == .applied)
        let view = try LinuxMachine(root: tree.path).view
        #expect(try await view.files.kind(of: "/etc/systemd/system/dev-sda2.swap") == .link("/dev/null"))
        #expect(try await perform(.maskUnit("dev-sda2.swap")) == .alreadyTrue)
        try tree.write("[Swap]\n", to: "/etc/systemd/system/own.swap")
        await #expect(throws: ChangeError.self) { _ = try await perform(.maskUnit("own.swap")) }
        #expect(try tree.text("/etc/systemd/system/own.swap") == "[Swap]\n")
    }

    @Test(
        "a name that leads elsewhere is no unit's",
        arguments: ["../x.swap", "a/b.swap", "", String(repeating: "a", count: 256), "..", "."])
    func names(_ name: String) async throws {
        try tree.makeFolder("/etc/systemd/system")
        let before = try tree.inventory()
        await #expect(throws: ChangeError.self) { _ = try await perform(.maskUnit(name)) }
        #expect(try tree.inventory() == before)
    }

    @Test("what only a running system can do is refused, and nothing is read again")
    func refused() async throws {
        let area = SwapArea(path: "/dev/sda2", kind: "partition", sizeKiB: 1, usedKiB: 0, isDeleted: false)
        for change in [Change.disableSwap(area), .loadModule("overlay")] {
            do throws(ChangeError) {
                _ = try await perform(change)
                Issue.record("\(change) was done")
            } catch {
                #expect(error.description.hasSuffix("this tree is no running system"))
            }
        }
        #expect(try await perform(.reloadSystemd) == .alreadyTrue)
    }
}
