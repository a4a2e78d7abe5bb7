import NodeEngine
import NodeState
import NodeTesting
import SystemPackage
import Systemd
import Testing

@testable import LinuxHost

@Suite("Values of the kernel, the host's name, units")
struct SmallActsTests {
    private let folder: ActFolder
    private let tree: ScratchTree

    init() throws {
        folder = try ActFolder()
        tree = folder.tree
    }

    @Test("a switch is turned once")
    func switches() throws {
        try tree.write("0\n", to: "/proc/sys/net/ipv4/ip_forward")
        let values = KernelValues(files: try folder.files)
        #expect(try values.write("net.ipv4.ip_forward", "1") == .applied)
        #expect(try values.write("net.ipv4.ip_forward", "1") == .alreadyTrue)
    }

    @Test("a limit is raised once, and never lowered")
    func limits() throws {
        let values = KernelValues(files: try folder.files)
        let (key, place) = ("fs.inotify.max_user_instances", FilePath("/proc/sys/fs/inotify/max_user_instances"))
        try tree.write("128\n", to: place)
        #expect(throws: ChangeError.self) { try values.write(key, "129") }
        #expect(try values.write(key, "8192") == .applied)
        try tree.write("16384\n", to: place)
        #expect(try values.write(key, "8192") == .alreadyTrue)
        #expect(try tree.text(place) == "16384\n")
    }

    @Test("a switch that the kernel has not is not made")
    func absent() throws {
        try tree.makeFolder("/proc/sys/net")
        let values = KernelValues(files: try folder.files)
        #expect(throws: ChangeError.self) { try values.write("net.bridge.bridge-nf-call-iptables", "1") }
        #expect(try tree.text("/proc/sys/net/bridge/bridge-nf-call-iptables") == nil)
    }

    @Test(
        "no other value is written, and no other key",
        arguments: [
            ("kernel.core_pattern", "1"), ("net.ipv4.ip_forward", "2"), ("net.ipv4.ip_forward", "1\n0"),
            ("net/ipv4/ip_forward", "1"), ("../../etc/passwd", "1"), ("", ""), ("net.ipv4.ip_forward", ""),
        ])
    func closed(_ key: String, _ value: String) throws {
        try tree.write("0\n", to: "/proc/sys/net/ipv4/ip_forward")
        let before = try tree.inventory()
        let values = KernelValues(files: try folder.files)
        #expect(throws: ChangeError.self) { try values.write(key, value) }
        #expect(try tree.inventory() == before)
    }

    private func name(_ units: FalseOrders) throws -> HostnameAct {
        HostnameAct(units: units, acts: try folder.acts, files: try folder.files)
    }

    @Test("hostnamed is asked to give the host its name, once")
    func hostname() throws {
        try tree.write("old\n", to: "/etc/hostname")
        try tree.write("old\n", to: "/proc/sys/kernel/hostname")
        let tree = tree
        let units = FalseOrders { _ throws(BusError) in
            try? tree.write("nuc01\n", to: "/etc/hostname")
            return .done
        }
        #expect(try name(units).set("nuc01") == .applied)
        // A name that the kernel kept is given to it.
        #expect(try tree.text("/proc/sys/kernel/hostname")?.hasPrefix("nuc01\n") == true)
        try tree.write("# ours\n\n nuc01 \n", to: "/etc/hostname")
        try tree.write("nuc01\n", to: "/proc/sys/kernel/hostname")
        #expect(try name(units).set("nuc01") == .alreadyTrue)
        #expect(units.calls == ["hostname nuc01"])
    }

    @Test("without hostnamed the file and the kernel get the name")
    func noHostnamed() throws {
        try tree.write("old\n", to: "/etc/hostname")
        try tree.write("old\n", to: "/proc/sys/kernel/hostname")
        let units = FalseOrders { _ throws(BusError) in
            throw BusError("x", name: "org.freedesktop.DBus.Error.ServiceUnknown", message: "none", errno: .ioError)
        }
        #expect(try name(units).set("nuc01") == .applied)
        #expect(try tree.text("/etc/hostname") == "nuc01\n")
        #expect(try tree.text("/proc/sys/kernel/hostname")?.hasPrefix("nuc01\n") == true)
    }

    @Test("a hostnamed that refuses, or does nothing, is told of")
    func hostnameRefused() throws {
        try tree.write("old\n", to: "/etc/hostname")
        try tree.write("old\n", to: "/proc/sys/kernel/hostname")
        let refusing = FalseOrders { _ throws(BusError) in
            throw BusError(
                "x", name: "org.freedesktop.DBus.Error.AccessDenied", message: "no", errno: .permissionDenied)
        }
        #expect(throws: ChangeError.failed("cannot name the host nuc01: cannot x: no")) {
            try name(refusing).set("nuc01")
        }
        #expect(throws: ChangeError.self) { try name(FalseOrders { _ throws(BusError) in .done }).set("nuc01") }
        #expect(try tree.text("/etc/hostname") == "old\n")
    }

    @Test(
        "what is no name of a node is refused",
        arguments: ["", "-a", "a-", "a..b", ".a", "A", "a_b", "a b", "a\n", "ü", String(repeating: "a", count: 65)])
    func names(_ text: String) throws {
        #expect(throws: ChangeError.self) { try name(FalseOrders()).set(text) }
    }

    @Test("a unit is started and enabled when it is not, and only one of those that a node needs")
    func units() throws {
        let orders = FalseOrders { _ throws(BusError) in .done }
        let acts = UnitActs(units: orders)
        orders.setDetails(.of(active: "inactive", file: "disabled"), of: "containerd.service")
        #expect(try acts.start("containerd.service") == .applied)
        #expect(try acts.enable("containerd.service") == .applied)
        orders.setDetails(.of(), of: "containerd.service")
        #expect(try acts.start("containerd.service") == .alreadyTrue)
        #expect(try acts.enable("containerd.service") == .alreadyTrue)
        orders.setDetails(.of(load: "masked", active: "inactive", file: "masked"), of: "ssh.service")
        #expect(throws: ChangeError.refused("cannot start ssh.service: systemd has it as masked")) {
            try acts.start("ssh.service")
        }
        orders.setDetails(.of(active: "inactive", file: "disabled"), of: "kubelet.service")
        #expect(throws: ChangeError.self) { try acts.start("kubelet.service") }
        #expect(try acts.enable("kubelet.service") == .applied)
        for unit in ["nucprepd.service", "multi-user.target", "rescue.target", ""] {
            #expect(throws: ChangeError.self) { try acts.start(unit) }
            #expect(throws: ChangeError.self) { try acts.enable(unit) }
        }
        orders.setDetails(.of(active: "inactive", file: "disabled"), of: "systemd-timesyncd.service")
        #expect(try acts.start("systemd-timesyncd.service") == .applied)
        #expect(try acts.enable("systemd-timesyncd.service") == .applied)
        #expect(
            orders.calls == [
                "start containerd.service", "enable containerd.service", "enable kubelet.service",
                "start systemd-timesyncd.service", "enable systemd-timesyncd.service",
            ])
    }

    @Test("a start that fails says how its job ended")
    func failedStart() throws {
        let orders = FalseOrders { _ throws(BusError) in .ended("failed") }
        orders.setDetails(.of(active: "failed"), of: "containerd.service")
        #expect(throws: ChangeError.failed("cannot start containerd.service: its job ended with failed")) {
            try UnitActs(units: orders).start("containerd.service")
        }
    }

    @Test(
        "each kind of change writes its own files, and no other",
        arguments: [
            (Change.editFstab(ActFolder.edit("/etc/fstab", nil, "")), "/etc/fstab"),
            (.writeBlock(ActFolder.edit("/etc/hosts", nil, "")), "/etc/hosts"),
            (.writeFile(ActFolder.edit("/etc/crictl.yaml", nil, "")), "/etc/crictl.yaml"),
            (.editContainerdConfig(ActFolder.edit("/etc/x", nil, "")), "/etc/containerd/config.toml"),
            (.disableAptSource(ActFolder.edit("/etc/x", nil, "")), "/etc/apt/sources.list.d/google.list"),
            (.disableAptSource(ActFolder.edit("/etc/x", nil, "")), "/etc/apt/sources.list"),
            (.setHostname("a"), "/etc/hostname"),
        ])
    func owned(_ change: Change, _ path: String) {
        #expect(OwnedFiles.allow(change, at: FilePath(path)))
        let others = [
            "/etc/shadow", "/etc/ssh/sshd_config", "/etc/apt/sources.list.d/x", "/etc/apt/sources.list.d/../x.list",
            "/etc/containerd/../x.toml", "/etc/containerd/certs.d/hosts.txt", "/usr/lib/x.conf", "/etc/sudoers.d/x",
            "/",
            "etc/fstab", "/etc/apt/apt.conf.d/99x",
        ]
        for other in others { #expect(!OwnedFiles.allow(change, at: FilePath(other)), "\(change.kind) \(other)") }
    }
}
