import NodeState
import NodeTesting
import Synchronization
import SystemPackage
import Systemd
import Testing

@testable import LinuxHost

@Suite("Executables of processes")
struct KubeadmLookTests {
    private let folder: ActFolder

    init() throws { folder = try ActFolder() }

    private static let here = "0:9 /proc/1/ns/mnt\n254:77 /usr/bin/kubeadm\n254:77 /bin/kubeadm\n"

    @Test("the same file counts, whatever it is called")
    func identity() {
        let text =
            "254:77 /proc/8/exe\n0:5 /proc/8/ns/mnt\n" + Self.here + "'/proc/8/exe' -> '/merged/usr/bin/kubeadm'\n"
        #expect(KubeadmLook.isKubeadm(8, in: text) == true)
    }

    @Test("another file of that name does not, nor the same number on another device")
    func others() {
        for identity in ["254:78", "0:77"] {
            let text = "\(identity) /proc/8/exe\n0:9 /proc/8/ns/mnt\n" + Self.here + "'/proc/8/exe' -> '/tmp/kubeadm'\n"
            #expect(KubeadmLook.isKubeadm(8, in: text) == false)
        }
        #expect(KubeadmLook.isKubeadm(8, in: "254:3 /proc/8/exe\n0:9 /proc/1/ns/mnt\n") == false, "none is installed")
    }

    @Test("a program that was replaced while it runs counts by its former name, in the host's mounts alone")
    func deleted() {
        let name = "'/proc/8/exe' -> '/usr/bin/kubeadm (deleted)'\n"
        #expect(KubeadmLook.isKubeadm(8, in: "254:1 /proc/8/exe\n0:9 /proc/8/ns/mnt\n" + Self.here + name) == true)
        #expect(KubeadmLook.isKubeadm(8, in: "254:1 /proc/8/exe\n0:5 /proc/8/ns/mnt\n" + Self.here + name) == false)
        #expect(KubeadmLook.isKubeadm(8, in: "254:1 /proc/8/exe\n" + Self.here + name) == false)
    }

    @Test("what is not told is not known")
    func silence() {
        #expect(KubeadmLook.isKubeadm(8, in: Self.here) == nil)
        #expect(KubeadmLook.isKubeadm(8, in: "254:77 /proc/88/exe\n" + Self.here) == nil)
    }

    /// The answers that are left.
    private final class Left: Sendable {
        private let answers: Mutex<[String]>
        init(_ answers: [String]) { self.answers = Mutex(answers) }
        func next() -> String? { answers.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    }

    private func look(_ answers: [String]) throws -> (look: KubeadmLook, units: FalseOrders) {
        let (run, left) = (folder.run, Left(answers))
        let units = FalseOrders { _ throws(BusError) in
            guard let answer = left.next() else { throw FalseOrders.refusal }
            try? run.write(answer, to: "/out/look-kubeadm")
            return .done
        }
        return (KubeadmLook(folder.unitRun(units), files: try folder.files), units)
    }

    private func process(_ pid: Int, code: Int = 100, words: String = "kubeadm init") throws {
        let numbers = (0..<30).map(String.init).joined(separator: " ")
        try folder.tree.write("\(pid) (kubeadm) \(numbers)\n", to: FilePath("/proc/\(pid)/stat"))
        try folder.tree.write("VmExe:\t\(code) kB\n", to: FilePath("/proc/\(pid)/status"))
        try folder.tree.write(words, to: FilePath("/proc/\(pid)/cmdline"))
    }

    @Test("a process is asked about once, until it runs another program")
    func once() async throws {
        try process(8)
        let no = "254:3 /proc/8/exe\n" + Self.here
        let (look, units) = try look([no, "254:77 /proc/8/exe\n" + Self.here])
        #expect(try await look.kubeadms(among: [8]) == [])
        #expect(try await look.kubeadms(among: [8]) == [])
        #expect(units.calls == ["start nucprep-look-kubeadm.service"])
        // The shell of a script of that name became the program.
        try process(8, code: 20_000)
        #expect(try await look.kubeadms(among: [8]) == [8])
        #expect(units.calls.count == 2)
    }

    @Test("without an answer of a process that goes on nothing is claimed of it")
    func unanswered() async throws {
        try process(8)
        let (look, _) = try look([Self.here])
        await #expect(throws: ObservationError.self) { _ = try await look.kubeadms(among: [8]) }
        let (silent, _) = try self.look([])
        await #expect(throws: ObservationError.self) { _ = try await silent.kubeadms(among: [8]) }
        let (gone, _) = try self.look([Self.here])
        #expect(try await gone.kubeadms(among: [9]) == [], "it has ended meanwhile")
    }

    @Test("the order names numbers alone")
    func order() {
        #expect(
            OrderFile(lookingAt: [8, 9]).text
                == "NUCPREP_EXECUTABLES=\"/proc/8/exe /proc/9/exe\"\nNUCPREP_NAMESPACES=\"/proc/8/ns/mnt /proc/9/ns/mnt\"\n"
        )
    }
}
