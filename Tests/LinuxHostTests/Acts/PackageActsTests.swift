import NodeEngine
import NodeState
import NodeTesting
import Synchronization
import SystemPackage
import Systemd
import Testing

@testable import LinuxHost

@Suite("Orders of packages")
struct PackageActsTests {
    private let folder: ActFolder

    init() throws {
        folder = try ActFolder()
        try folder.tree.write(Self.status(("base", "install ok installed", "1")), to: "/var/lib/dpkg/status")
    }

    private static func status(_ packages: (name: String, status: String, version: String)...) -> String {
        packages.map { "Package: \($0.name)\nStatus: \($0.status)\nPriority: optional\nVersion: \($0.version)\n" }
            .joined(separator: "\n")
    }

    private static let order = PackageOrder([PackageVersion("kubeadm", "1.28.1-1.1")])

    /// The order that the unit would read when it is started.
    private func acts(
        _ seen: Captured, _ result: JobResult = .done, status: String? = nil, errors: String? = nil
    ) throws -> (acts: PackageActs, units: FalseOrders) {
        let (run, tree) = (folder.run, folder.tree)
        let units = FalseOrders { call throws(BusError) in
            let name = call.dropFirst("start nucprep-".count).dropLast(".service".count)
            seen.add("\(call): \((try? run.text(FilePath("/\(name).env"))) ?? "no order")")
            if let status { try? tree.write(status, to: "/var/lib/dpkg/status") }
            if let errors { try? run.write(errors, to: FilePath("/out/\(name)")) }
            return result
        }
        return (
            PackageActs(run: folder.unitRun(units), files: try folder.files, memory: StateFolder(folder.state.path)),
            units
        )
    }

    final class Captured: Sendable {
        private let texts = Mutex<[String]>([])
        func add(_ text: String) { texts.withLock { $0.append(text) } }
        var all: [String] { texts.withLock { $0 } }
    }

    @Test("an installation is ordered, and dpkg's word decides that it is done")
    func installing() throws {
        let seen = Captured()
        let status = Self.status(("kubeadm", "install ok installed", "1.28.1-1.1"))
        let (acts, _) = try acts(seen, .ended("failed"), status: status)
        #expect(try acts.install(Self.order) == .applied)
        #expect(
            seen.all == [
                "start nucprep-provision.service: NUCPREP_ALLOW=\"\"\nNUCPREP_PACKAGES=\"kubeadm=1.28.1-1.1\"\n"
            ])
        // The order is gone once it was carried out.
        #expect(try folder.run.text("/provision.env") == nil)
    }

    @Test("what is installed already is not ordered, and a hold that is missing is")
    func installed() throws {
        let seen = Captured()
        try folder.tree.write(
            Self.status(("kubeadm", "install ok installed", "1.28.1-1.1")), to: "/var/lib/dpkg/status")
        let (acts, units) = try acts(seen, status: Self.status(("kubeadm", "hold ok installed", "1.28.1-1.1")))
        #expect(try acts.install(Self.order) == .alreadyTrue)
        #expect(units.calls == [])
        var order = Self.order
        order.hold = ["kubeadm"]
        #expect(try acts.install(order) == .applied)
        #expect(seen.all == ["start nucprep-hold.service: NUCPREP_HOLD=\"kubeadm\"\n"])
        #expect(try acts.hold(["kubeadm"]) == .alreadyTrue)
        #expect(units.calls.count == 1)
    }

    @Test("an installation that ends well and leaves another version has failed")
    func otherVersion() throws {
        let status = Self.status(("kubeadm", "install ok installed", "1.28.2-1.1"))
        let (acts, _) = try acts(Captured(), .done, status: status)
        #expect(throws: ChangeError.failed("cannot install kubeadm=1.28.1-1.1: apt says nothing")) {
            try acts.install(Self.order)
        }
    }

    @Test("a failure tells apt's reason, and not that of an earlier run")
    func failure() throws {
        try folder.run.write("E: Unable to locate package old\n", to: "/out/provision")
        let line = "E: Version '1.28.1-1.1' for 'kubeadm' was not found"
        let (acts, _) = try acts(Captured(), .ended("failed"), errors: line + "\n")
        #expect(
            throws: ChangeError.failed(
                "cannot install kubeadm=1.28.1-1.1: the repositories do not offer that version: \"\(line)\"")
        ) {
            try acts.install(Self.order)
        }
        let (silent, _) = try self.acts(Captured(), .ended("failed"))
        #expect(throws: ChangeError.failed("cannot install kubeadm=1.28.1-1.1: apt says nothing")) {
            try silent.install(Self.order)
        }
    }

    @Test("a systemd that refuses leaves no order behind")
    func refused() throws {
        let acts = PackageActs(
            run: folder.unitRun(FalseOrders()), files: try folder.files, memory: StateFolder(folder.state.path))
        #expect(throws: ChangeError.self) { try acts.install(Self.order) }
        #expect(throws: ChangeError.self) { try acts.hold(["kubeadm"]) }
        #expect(throws: ChangeError.self) { try acts.refresh() }
        #expect(try folder.run.text("/provision.env") == nil)
        #expect(try folder.run.text("/hold.env") == nil)
    }

    @Test("the lists are fetched, or the reason is told")
    func refresh() throws {
        let (good, units) = try acts(Captured())
        #expect(try good.refresh() == .applied)
        #expect(units.calls == ["start nucprep-refresh.service"])
        let (bad, _) = try acts(
            Captured(), .ended("failed"), errors: "W: Failed to fetch http://x/InRelease  Could not resolve 'x'\n")
        let error = #expect(throws: ChangeError.self) { try bad.refresh() }
        #expect(
            error?.description.hasPrefix("cannot fetch the lists of packages: the repository cannot be reached") == true
        )
    }

    @Test("lists that do not know the package are fetched once, and then it is tried again")
    func staleLists() throws {
        let seen = Captured()
        let (acts, units) = try acts(seen, .ended("failed"), errors: "E: Unable to locate package kubeadm\n")
        #expect(throws: ChangeError.self) { try acts.install(Self.order) }
        let start = ["provision", "refresh", "provision"].map { "start nucprep-\($0).service" }
        #expect(units.calls == start)
    }

    @Test("an order is on the disk while it is carried out, and gone when dpkg has nothing of it left to do")
    func ledger() throws {
        let seen = Captured()
        let state = folder.state
        let units = FalseOrders { _ throws(BusError) in
            seen.add((try? state.text("/package-order")) ?? "none")
            return .done
        }
        let memory = StateFolder(folder.state.path)
        let acts = PackageActs(run: folder.unitRun(units), files: try folder.files, memory: memory)
        #expect(throws: ChangeError.self) { try acts.install(Self.order) }
        #expect(seen.all == ["NUCPREP_ALLOW=\"\"\nNUCPREP_PACKAGES=\"kubeadm=1.28.1-1.1\"\n"])
        #expect(memory.read("package-order") == nil)
        let half = Self.status(("socat", "install ok unpacked", "1"))
        let (broken, _) = try self.acts(Captured(), .ended("failed"), status: half)
        #expect(throws: ChangeError.self) { try broken.install(Self.order) }
        #expect(memory.read("package-order") != nil, "what is half done is ours")
    }

    @Test("what an interrupted order of ours left half done is finished, and nothing of anybody else's")
    func configuring() throws {
        let half = Self.status(("socat", "install ok half-configured", "1"))
        try folder.tree.write(half, to: "/var/lib/dpkg/status")
        let (acts, units) = try acts(Captured(), status: Self.status(("socat", "install ok installed", "1")))
        let error = #expect(throws: ChangeError.self) { try acts.configure() }
        #expect(error?.description.contains("begun by another") == true)
        #expect(units.calls == [])
        try folder.state.write("NUCPREP_PACKAGES=\"socat\"\n", to: "/package-order")
        #expect(try acts.configure() == .applied)
        #expect(units.calls == ["start nucprep-configure.service"])
        #expect(try folder.state.text("/package-order") == nil)
    }

    @Test("an order that left nothing half done is forgotten, one that did is not")
    func settling() throws {
        let (acts, _) = try acts(Captured())
        try folder.state.write("NUCPREP_PACKAGES=\"socat\"\n", to: "/package-order")
        try folder.tree.write("", to: "/var/lib/dpkg/updates/0001")
        acts.settle()
        #expect(try folder.state.text("/package-order") != nil)
        folder.tree.remove("/var/lib/dpkg/updates/0001")
        acts.settle()
        #expect(try folder.state.text("/package-order") == nil)
    }

    @Test(
        "what passes is waited for and is no failure",
        arguments: [
            ("E: Could not get lock /var/lib/dpkg/lock. It is held by process 7 (apt)", WaitCause.packageLock),
            ("W: Failed to fetch http://x/InRelease  Could not resolve 'x'", .network),
            ("E: You don't have enough free space in /var/cache/apt/archives/.", .diskSpace),
        ])
    func waits(_ line: String, _ cause: WaitCause) throws {
        let (acts, _) = try acts(Captured(), .ended("failed"), errors: line + "\n")
        let error = #expect(throws: ChangeError.self) { try acts.install(Self.order) }
        guard case .waiting(cause, let text) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.hasSuffix("\"\(line)\""))
    }

    @Test("what is to be taken away is not taken for installed")
    func deinstalled() throws {
        let seen = Captured()
        try folder.tree.write(
            Self.status(("kubeadm", "deinstall ok installed", "1.28.1-1.1")), to: "/var/lib/dpkg/status")
        let (acts, units) = try acts(
            seen, status: Self.status(("kubeadm", "install ok installed", "1.28.1-1.1")))
        #expect(try acts.install(Self.order) == .applied)
        #expect(units.calls == ["start nucprep-provision.service"])
    }
}
