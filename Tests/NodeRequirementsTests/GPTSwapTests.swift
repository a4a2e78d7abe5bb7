import ConfigFormats
import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("Swap partitions that start by themselves")
struct GPTSwapTests {
    private let tree: ScratchTree
    private let view: HostView
    private static let swap = "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F"

    init() throws {
        tree = try ScratchTree()
        view = try LinuxMachine(root: tree.path).view
    }

    /// Makes a disk with partitions, each with the properties that udev knows of it.
    private func makeDisk(_ disk: String, _ major: Int, _ partitions: [String: [String: String]]) throws {
        for (index, (name, properties)) in partitions.sorted(by: { $0.key < $1.key }).enumerated() {
            let number = "\(major):\(index + 1)"
            let folder = FilePath("/sys/devices/\(disk)/\(name)")
            try tree.write("\(index + 1)\n", to: folder.appending("partition"))
            try tree.write("\(number)\n", to: folder.appending("dev"))
            try tree.link(FilePath("/sys/class/block/\(name)"), to: FilePath("../../devices/\(disk)/\(name)"))
            try tree.link(FilePath("/sys/dev/block/\(number)"), to: FilePath("../../devices/\(disk)/\(name)"))
            let lines = properties.sorted { $0.key < $1.key }.map { "E:\($0.key)=\($0.value)\n" }
            try tree.write(lines.joined(), to: FilePath("/run/udev/data/b\(number)"))
        }
        try tree.link(FilePath("/sys/class/block/\(disk)"), to: FilePath("../../devices/\(disk)"))
    }

    private func mount(_ lines: String...) throws {
        try tree.write(lines.map { $0 + "\n" }.joined(), to: "/proc/1/mountinfo")
    }

    private func found(_ commandLine: String = "", systemd: Int = 252) async throws -> GPTSwap {
        try await GPTSwap.predict(view, KernelCommandLine(parsing: commandLine), systemd: systemd)
    }

    private func gpt(_ type: String = "x", flags: String? = nil) -> [String: String] {
        var properties = ["ID_PART_ENTRY_SCHEME": "gpt", "ID_PART_ENTRY_TYPE": type]
        properties["ID_PART_ENTRY_FLAGS"] = flags
        return properties
    }

    @Test("every swap partition of the root's disk is found, by its type in any case, and those of other disks are not")
    func found() async throws {
        try makeDisk(
            "nvme0n1", 259, ["nvme0n1p1": gpt(), "nvme0n1p2": gpt(Self.swap), "nvme0n1p3": gpt(Self.swap.lowercased())])
        try makeDisk("sda", 8, ["sda1": gpt(Self.swap)])
        try mount("1 1 259:1 / / rw - ext4 /dev/nvme0n1p1 rw")
        #expect(try await found() == .partitions(["/dev/nvme0n1p2", "/dev/nvme0n1p3"]))
    }

    @Test("of two mounts on / the later one counts")
    func stacked() async throws {
        try makeDisk("sda", 8, ["sda1": gpt(), "sda2": gpt(Self.swap)])
        try mount(
            "1 1 0:2 / / rw - rootfs rootfs rw", "2 1 8:1 / / rw - ext4 /dev/sda1 rw",
            "3 2 0:5 / /proc rw - proc proc rw")
        #expect(try await found() == .partitions(["/dev/sda2"]))
    }

    @Test("bit 63 keeps a partition out, and no other bit does")
    func attributes() async throws {
        try makeDisk(
            "sda", 8,
            [
                "sda1": gpt(), "sda2": gpt(Self.swap, flags: "0x8000000000000000"),
                "sda3": gpt(Self.swap, flags: "0x7fffffffffffffff"),
                "sda4": gpt(Self.swap, flags: "nonsense"),
            ])
        try mount("1 1 8:1 / / rw - ext4 /dev/sda1 rw")
        #expect(try await found() == .partitions(["/dev/sda3", "/dev/sda4"]))
    }

    @Test("other tables, containers, network roots and switches have none")
    func none() async throws {
        try makeDisk(
            "sda", 8,
            [
                "sda1": ["ID_PART_ENTRY_SCHEME": "dos"],
                "sda2": ["ID_PART_ENTRY_SCHEME": "dos", "ID_PART_ENTRY_TYPE": "0x82"],
            ])
        try mount("1 1 8:1 / / rw - ext4 /dev/sda1 rw")
        for answer in [
            try await found(), try await found("systemd.gpt_auto=0"), try await found("systemd.swap=no", systemd: 254),
        ] {
            guard case .none = answer else {
                Issue.record("\(answer)")
                return
            }
        }
        try mount("1 1 0:40 / / rw - nfs 10.0.0.1:/srv rw")
        #expect(try await found() == .none("the root file system is on no block device"))
        try tree.write("lxc", to: "/run/systemd/container")
        #expect(try await found() == .none("a container"))
    }

    @Test("what udev has not said, or says of a neighbour only, is unknown")
    func unknown() async throws {
        guard case .unknown = try await found() else {
            Issue.record("known without mounts")
            return
        }
        try makeDisk("sda", 8, ["sda1": gpt(), "sda2": [:]])
        try mount("1 1 8:1 / / rw - ext4 /dev/sda1 rw")
        #expect(try await found() == .unknown("the udev database does not know sda2"))
        tree.remove("/run/udev")
        guard case .unknown(let reason) = try await found() else {
            Issue.record("known without udev")
            return
        }
        #expect(reason.contains("sda1"))
    }

    @Test("devices that lead in a circle end as unknown, not without end")
    func circle() async throws {
        for (name, other) in [("dm-0", "dm-1"), ("dm-1", "dm-0")] {
            try tree.makeFolder(FilePath("/sys/devices/\(name)"))
            try tree.link(FilePath("/sys/devices/\(name)/slaves/\(other)"), to: FilePath("../../\(other)"))
            try tree.link(FilePath("/sys/class/block/\(name)"), to: FilePath("../../devices/\(name)"))
        }
        try tree.link("/sys/dev/block/254:0", to: "../../devices/dm-0")
        try mount("1 1 254:0 / / rw - ext4 /dev/mapper/x rw")
        #expect(try await found() == .unknown("the devices below the root file system lead in a circle"))
    }

    @Test(
        "a line of mounts that is cut short is no reason to crash",
        arguments: ["", "\n", "1 1 8:1 /", "1 1 8:1 / / rw - ext4", "x x x x / x x - "])
    func malformed(_ text: String) async throws {
        try tree.write(text, to: "/proc/1/mountinfo")
        _ = try await found()
    }
}
