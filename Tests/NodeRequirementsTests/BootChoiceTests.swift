import Glibc
import LinuxHost
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

/// What PID 1 takes out of the first transaction again, in trees small enough to follow by hand.
@Suite("What the next boot drops again")
struct BootChoiceTests {
    /// A machine with systemd's own units, and two services that multi-user.target wants.
    private static func tree(_ first: String, _ second: String, version: Int = 252) throws -> ScratchTree {
        let tree = try ScratchTree()
        try tree.write("", to: "/usr/lib/systemd/systemd")
        try tree.write("", to: FilePath("/usr/lib/systemd/libsystemd-shared-\(version).so"))
        try tree.write("quiet\n", to: "/proc/cmdline")
        try tree.write("", to: "/bin/true")
        _ = unsafe chmod("\(tree.path)/bin/true", 0o755)
        let units = FilePath("/usr/lib/systemd/system")
        try tree.write("[Unit]\nAllowIsolate=yes\n", to: units.appending("multi-user.target"))
        try tree.write("[Unit]\nDefaultDependencies=no\n", to: units.appending("sysinit.target"))
        try tree.link(units.appending("default.target"), to: "multi-user.target")
        for (name, text) in [("first.service", first), ("second.service", second)] {
            let body = text.contains("[Service]") ? text : text + "\n[Service]\nExecStart=-/bin/true\n"
            try tree.write("[Unit]\n\(body)\n", to: units.appending(name))
            try tree.link(
                FilePath("/etc/systemd/system/multi-user.target.wants").appending(name), to: units.appending(name))
        }
        return tree
    }

    /// `starts`, `chance` or the reason for the first service.
    private static func word(_ tree: ScratchTree) async throws -> String {
        var units = try await BootedUnits(LinuxMachine(root: tree.path).view)
        switch try await units.start(of: "first.service", isProgramRecorded: false) {
        case .starts: return "starts"
        case .undecided: return "chance"
        case .fails(let obstacle): return obstacle.reason
        }
    }

    @Test(
        "is told by cause, and what is left to chance never starts for certain",
        arguments: [
            ("", "", 252, "starts"),
            // The other one conflicts, and only the other one: it stays.
            ("", "Conflicts=first.service", 252, "conflict"),
            ("Conflicts=second.service", "", 252, "starts"),
            ("Conflicts=second.service", "Conflicts=first.service", 252, "chance"),
            // What is stopped stops what requires it, and either may be dropped first.
            ("Requires=third.service", "Conflicts=third.service", 252, "chance"),
            ("Wants=third.service", "Conflicts=third.service", 252, "starts"),
            ("PartOf=third.service", "Conflicts=third.service", 252, "starts"),
            // A circle of order is broken at one of its units.
            ("After=second.service", "After=first.service", 252, "chance"),
            ("After=second.service", "Before=first.service", 252, "starts"),
            ("After=multi-user.target", "", 252, "starts"),
            // Until version 253 a unit is started without what it requires, since then it is not.
            ("Requires=none.service", "", 252, "starts"),
            ("Requires=none.service", "", 255, "chance"),
            ("Requires=none.service", "", 257, "requirement-missing"),
            ("BindsTo=none.service", "", 252, "requirement-missing"),
            // A command that names no program refuses the whole unit.
            ("[Service]\nExecStart=-/bin/true\nExecStartPre=/bin/", "", 252, "bad-setting"),
            ("[Service]\nExecStart=bin/true", "", 252, "bad-setting"),
        ])
    func dropped(_ first: String, _ second: String, _ version: Int, _ expected: String) async throws {
        let tree = try Self.tree(first, second, version: version)
        try tree.write("[Service]\nExecStart=/bin/true\n", to: "/usr/lib/systemd/system/third.service")
        #expect(try await Self.word(tree) == expected)
    }

    @Test("an entry that leads to /dev/null over a second link is a mask")
    func maskOverLinks() async throws {
        let tree = try Self.tree("", "")
        try tree.link("/etc/systemd/system/first.service", to: "/dev/null")
        try tree.link("/etc/systemd/system/multi-user.target.requires/first.service", to: "../first.service")
        #expect(try await Self.word(tree) == "masked")
        var reader = try await BootUnitReader(LinuxMachine(root: tree.path).view)
        #expect(try await BootTransaction(&reader).started["multi-user.target"] != nil)
    }
}
