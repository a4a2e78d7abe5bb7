import LinuxHost
import NodeRequirements
import NodeState
import NodeTesting
import SystemPackage
import Testing

@Suite("Lifecycle")
struct LifecycleRuleTests {
    private let host: ScratchHost

    init() throws { host = try ScratchHost() }

    private static let member: [FilePath] = [
        "/etc/kubernetes/kubelet.conf", "/var/lib/kubelet/config.yaml",
        "/var/lib/kubelet/pki/kubelet-client-current.pem",
    ]
    private static let controlPlane: [FilePath] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map {
        FilePath("/etc/kubernetes/manifests/\($0).yaml")
    }

    private func lifecycle(_ files: [FilePath]) async throws -> Lifecycle {
        for file in files { try host.tree.write("x", to: file) }
        return try await LifecycleRule.lifecycle(of: host.view, packageVersion: "1.28.1-1.1")
    }

    @Test("nothing of a cluster is fresh, empty folders included")
    func fresh() async throws {
        #expect(try await lifecycle([]) == .fresh)
        try host.tree.makeFolder("/var/lib/etcd")
        try host.tree.makeFolder("/etc/kubernetes/manifests")
        #expect(try await lifecycle(["/etc/kubernetes/manifests/own-static-pod.yaml"]) == .fresh)
    }

    /// The sockets of a host whose API server listens on `port`.
    private static func sockets(_ port: String = "192B") -> String {
        "  sl  local_address rem_address   st\n   0: 00000000000000000000000000000000:\(port) 00000000000000000000000000000000:0000 0A 0\n"
    }

    @Test("a kubelet with its three files is joined, and with the control plane's it is initialised")
    func members() async throws {
        try host.tree.write(Self.sockets(), to: "/proc/net/tcp6")
        #expect(try await lifecycle(Self.member) == .joined)
        #expect(try await lifecycle(Self.controlPlane) == .initialised)
        #expect(try await lifecycle(["/var/lib/etcd/member/snap/db"]) == .initialised)
    }

    @Test(
        "a part of it is left over",
        arguments: member + controlPlane + [
            "/etc/kubernetes/bootstrap-kubelet.conf", "/etc/kubernetes/manifests/etcd.yaml", "/var/lib/etcd/member/x",
            "/etc/kubernetes/pki/ca.crt",
        ])
    func leftover(_ file: FilePath) async throws { #expect(try await lifecycle([file]) == .leftover) }

    struct Server: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var lifecycle: Lifecycle
        var kubelet: UnitState? = UnitState(
            active: "active", sub: "running", file: "enabled", startedAt: 1_785_283_000_000_000)
        var manifest = "    - --secure-port=6443\n"
        var writtenAt = 1_785_282_000_000_000
        var sockets = LifecycleRuleTests.sockets("280A")
        var processes: [String] = []
    }

    @Test(
        "a control plane whose API server does not run, although the kubelet had the time, is left over",
        arguments: [
            Server(testDescription: "nothing listens", lifecycle: .leftover),
            Server(testDescription: "it listens", lifecycle: .initialised, sockets: sockets()),
            Server(
                testDescription: "it listens on a port of its own", lifecycle: .initialised,
                manifest: "    - --secure-port=8443\n", sockets: sockets("20FB")),
            Server(
                testDescription: "something listens on the usual port, and the manifest has another",
                lifecycle: .leftover, manifest: "    - --secure-port=8443\n", sockets: sockets()),
            Server(
                testDescription: "another process listens in its place", lifecycle: .leftover, sockets: sockets(),
                processes: ["systemd\n", "haproxy\n"]),
            Server(
                testDescription: "it is among the processes", lifecycle: .initialised, sockets: sockets(),
                processes: ["systemd\n", "kube-apiserver\n"]),
            Server(
                testDescription: "the kubelet started a minute ago", lifecycle: .initialised,
                kubelet: UnitState(
                    active: "active", sub: "running", file: "enabled", startedAt: 1_785_283_140_000_000)),
            Server(
                testDescription: "its manifest was written a minute ago", lifecycle: .initialised,
                writtenAt: 1_785_283_140_000_000),
            Server(
                testDescription: "the kubelet does not run, so nothing could", lifecycle: .initialised,
                kubelet: UnitState(active: "activating", sub: "auto-restart", file: "enabled")),
            Server(testDescription: "there is no kubelet", lifecycle: .initialised, kubelet: nil),
        ])
    func server(_ example: Server) async throws {
        try host.tree.write(example.sockets, to: "/proc/net/tcp6")
        for (index, name) in example.processes.enumerated() {
            try host.tree.write(name, to: FilePath("/proc/\(index + 1)/comm"))
        }
        host.answers.update {
            $0.units = example.kubelet.map { ["kubelet.service": $0] } ?? [:]
            $0.now = 1_785_283_200_000_000
            $0.times = ["/etc/kubernetes/manifests/kube-apiserver.yaml": example.writtenAt]
        }
        for file in Self.member + Self.controlPlane { try host.tree.write(example.manifest, to: file) }
        let found = try await LifecycleRule.lifecycle(of: host.view, packageVersion: "1.28.1-1.1")
        #expect(found == example.lifecycle)
    }

    @Test("without the sockets it is unknown")
    func noSockets() async throws {
        for file in Self.member + Self.controlPlane { try host.tree.write("x", to: file) }
        let view = host.view
        await #expect(throws: ObservationError.self) {
            try await LifecycleRule.lifecycle(of: view, packageVersion: "1.28.1-1.1")
        }
    }

    @Test("a worker with a piece of a control plane is left over")
    func mixed() async throws {
        #expect(try await lifecycle(Self.member + [Self.controlPlane[0]]) == .leftover)
    }

    @Test("an operator's own authority with its key is no cluster")
    func ownAuthority() async throws {
        #expect(try await lifecycle(["/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/ca.key"]) == .fresh)
    }

    @Test("the kubelet's certificate is a link, and counts")
    func certificateLink() async throws {
        try host.tree.link("/var/lib/kubelet/pki/kubelet-client-current.pem", to: "kubelet-client-2026.pem")
        #expect(try await lifecycle(Array(Self.member.prefix(2))) == .joined)
    }

    @Test("evidence that cannot be read leaves it unknown")
    func unreadable() async {
        await #expect(throws: ObservationError.self) {
            _ = try await LifecycleRule.lifecycle(of: FakeHost().view, packageVersion: "1.28.1-1.1")
        }
    }

    /// A host with these packages and with what answers on the socket of the container runtime.
    private func prepared(_ packages: [String: String], _ runtime: RuntimeAnswer?) async throws -> Lifecycle {
        try host.tree.write(
            packages.sorted { $0.key < $1.key }.map {
                "Package: \($0.key)\nStatus: hold ok installed\nVersion: \($0.value)\n\n"
            }.joined(), to: "/var/lib/dpkg/status")
        host.answers.update { $0.runtime = runtime }
        return try await lifecycle([])
    }

    private static let three = ["kubeadm": "1.28.1-1.1", "kubelet": "1.28.1-1.1", "kubectl": "1.28.1-1.1"]

    @Test("with all three packages and a runtime that serves the CRI it is prepared")
    func prepared() async throws {
        let serving = RuntimeAnswer.serving(name: "containerd", version: "1.7.24")
        #expect(try await prepared(Self.three, serving) == .prepared)
        #expect(try await lifecycle(["/etc/kubernetes/kubelet.conf"]) == .leftover)
    }

    @Test("with less it is fresh, and so it is where packages or the runtime cannot be asked")
    func notPrepared() async throws {
        let serving = RuntimeAnswer.serving(name: "containerd", version: "1.7.24")
        var packages = Self.three
        packages["kubelet"] = nil
        #expect(try await prepared(packages, serving) == .fresh)
        packages["kubelet"] = "1.28.2-1.1"
        #expect(try await prepared(packages, serving) == .fresh)
        #expect(try await prepared(Self.three, .withoutCRI) == .fresh)
        #expect(try await prepared(Self.three, .noSocket("nobody listens")) == .fresh)
        #expect(try await prepared(Self.three, nil) == .fresh)
        try host.tree.write("no database\n", to: "/var/lib/dpkg/status")
        host.answers.update { $0.runtime = serving }
        #expect(try await lifecycle([]) == .fresh)
    }

    @Test("whatever it reads is watched")
    func inputs() {
        for file in Self.member + Self.controlPlane + ["/etc/kubernetes/pki/ca.key", "/var/lib/etcd/member"] {
            #expect(LifecycleRule.inputs.contains(.path(file.removingLastComponent())), "\(file)")
        }
    }
}
