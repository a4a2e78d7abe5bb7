import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeEngine

@Suite("What an event bears on")
struct ReadMarksTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var heard: Set<Input>
        var bears: Bool
    }

    /// What was read: a value of /proc/sys, a file, the names in a folder and a file in another one.
    private func marks() async throws -> ReadMarks {
        let marks = ReadMarks()
        let host = FakeHost([
            "/proc/sys/net/ipv4/ip_forward": .text("1\n"), "/etc/hosts": .text("x"), "/etc/modules-load.d": .folder([]),
            "/etc/systemd/system/a.service.d/x.conf": .text("x"), "/proc/swaps": .text("x"),
        ])
        host.set(module: "br_netfilter", to: .loaded)
        let view = host.view.marking(marks)
        for path: FilePath in [
            "/proc/sys/net/ipv4/ip_forward", "/etc/hosts", "/etc/systemd/system/a.service.d/x.conf", "/proc/swaps",
        ] {
            _ = try await view.files.bytes(at: path)
        }
        _ = try await view.files.names(in: "/etc/modules-load.d")
        _ = try await view.modules.presence(of: "br_netfilter")
        return marks
    }

    @Test(
        "is what was read, and nothing else",
        arguments: [
            Case(
                testDescription: "a value that was read", heard: [.sysctl("/proc/sys/net/ipv4/ip_forward")],
                bears: true),
            Case(testDescription: "another value", heard: [.sysctl("/proc/sys/net/ipv4/other")], bears: false),
            Case(testDescription: "swap", heard: [.swaps], bears: true),
            Case(testDescription: "a module, by its other name", heard: [.module("br-netfilter")], bears: true),
            Case(testDescription: "another module", heard: [.module("overlay")], bears: false),
            Case(testDescription: "a unit that was not asked for", heard: [.unit("kubelet.service")], bears: false),
            Case(testDescription: "the name of the host", heard: [.hostname], bears: false),
            Case(
                testDescription: "the file by its folder", heard: [.path("/etc"), .entry("/etc/hosts")], bears: true),
            Case(
                testDescription: "another file of its folder", heard: [.path("/etc"), .entry("/etc/motd")], bears: false
            ),
            Case(
                testDescription: "a name where names were read",
                heard: [.path("/etc/modules-load.d"), .entry("/etc/modules-load.d/new.conf")], bears: true),
            Case(
                testDescription: "a folder above a file",
                heard: [.path("/etc/systemd/system"), .entry("/etc/systemd/system/a.service.d")], bears: true),
            Case(
                testDescription: "the input itself", heard: [.path("/etc/hosts"), .entry("/etc/hosts")], bears: true),
            Case(
                testDescription: "a folder above the input",
                heard: [.path("/etc/systemd/system"), .entry("/etc/systemd")], bears: true),
            Case(testDescription: "a folder of which no name is told", heard: [.path("/etc")], bears: true),
            Case(testDescription: "lost events", heard: [.overflow], bears: true),
        ])
    func bears(_ example: Case) async throws {
        let inputs: [Input] = [
            .path("/etc"), .path("/etc/hosts"), .path("/etc/modules-load.d"), .path("/etc/systemd/system"),
        ]
        #expect(try await marks().bears(example.heard, inputs: inputs) == example.bears)
    }

    @Test("goes by the declared inputs where something was asked that leaves no marks")
    func open() async throws {
        let marks = ReadMarks()
        let host = FakeHost([:])
        host.set(packages: [])
        _ = try await host.view.marking(marks).packages.package("kubeadm")
        #expect(
            marks.bears([.path("/var/lib/dpkg"), .entry("/var/lib/dpkg/status")], inputs: [.path("/var/lib/dpkg")]))
        #expect(!marks.bears([.path("/etc"), .entry("/etc/motd")], inputs: [.path("/var/lib/dpkg")]))
        #expect(marks.bears([.unit("containerd.service")], inputs: [.unit("containerd.service")]))
        #expect(marks.bears([.path("/etc"), .entry("/etc/motd")], inputs: nil), "a shared value declares nothing")
    }

    @Test("is also what the shared values rest on that were used")
    func shared() async throws {
        let host = FakeHost(["/a": .text("one"), "/b": .text("two")])
        let values = SharedValues()
        let marks = ReadMarks()
        for (name, path) in [("a", FilePath("/a")), ("b", "/b")] {
            _ = try await SharedMemory(values: values, host: host.view, trace: nil, marks: marks)
                .value(name, isLasting: name == "a") { (host) async throws(ObservationError) in
                    try await host.files.text(at: path) ?? ""
                }
        }
        #expect(marks.bears([.path("/"), .entry("/a")], inputs: []))
        #expect(marks.bears([.path("/"), .entry("/b")], inputs: []))
        #expect(!marks.bears([.path("/"), .entry("/c")], inputs: [.path("/")]))
    }
}

@Suite("What outlives a look")
struct LastingValuesTests {
    /// Reads a value that is shared and lasting.
    private func text(_ values: SharedValues, _ host: FakeHost) async throws(ObservationError) -> String {
        try await SharedMemory(values: values, host: host.view, trace: nil)
            .value("a text", isLasting: true) { (host) async throws(ObservationError) in
                try await host.files.text(at: "/etc/a") ?? "absent"
            }
    }

    @Test("is a lasting value, until an event bears on what it was computed from, or everything is looked at")
    func lasting() async throws {
        let host = FakeHost(["/etc/a": .text("one")])
        let values = SharedValues()
        #expect(try await text(values, host) == "one")
        values.endLook()
        host.set("/etc/a", to: .text("two"))
        values.forget([.path("/etc"), .entry("/etc/b")])
        #expect(try await text(values, host) == "one", "the event is about another file")
        values.forget([.path("/etc"), .entry("/etc/a")])
        #expect(try await text(values, host) == "two")
        host.set("/etc/a", to: .text("three"))
        values.forget()
        #expect(try await text(values, host) == "three")
    }

    @Test("a file is read once in a look, and anew in the next one; of a process it is read each time")
    func once() async throws {
        let trace = ReadTrace(FakeHost(["/etc/a": .text("one"), "/proc/7/comm": .text("x"), "/etc": .folder(["a"])]))
        for look in 1...2 {
            let files = LookFiles(trace)
            for _ in 0..<3 {
                _ = try await files.bytes(at: "/etc/a", limit: 1 << 20)
                _ = try await files.bytes(at: "/proc/7/comm", limit: 1 << 20)
                _ = try await files.names(in: "/etc")
                _ = try await files.kind(of: "/etc/a")
            }
            #expect(trace.count(of: .bytes, "/etc/a") == look)
            #expect(trace.count(of: .names, "/etc") == look)
            #expect(trace.count(of: .kind, "/etc/a") == look)
            #expect(trace.count(of: .bytes, "/proc/7/comm") == 3 * look)
        }
    }
}
