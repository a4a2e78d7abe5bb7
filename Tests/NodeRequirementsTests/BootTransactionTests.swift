import ConfigFormats
import Glibc
import LinuxHost
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

/// PID 1's own program as the judge: with `--test` it loads the units of a tree, computes the first transaction and ends.
///
/// - Source: systemd(1), `--test`; systemd `docs/ENVIRONMENT.md`, `SYSTEMD_UNIT_PATH`, `SYSTEMD_PROC_CMDLINE`.
private enum Manager {
    static let program = "/usr/lib/systemd/systemd"
    /// It refuses to be tried by root, and only root can become another.
    static let isThere =
        unsafe access("/usr/lib/systemd/systemd", X_OK) == 0 && access("/usr/bin/setpriv", X_OK) == 0 && geteuid() == 0

    /// The units that the first transaction starts.
    static func starts(_ root: FilePath) throws -> Set<String> {
        let folders = ["etc", "usr/local/lib", "usr/lib"].map { "\(root)/\($0)/systemd/system" }.joined(separator: ":")
        let environment = [
            "HOME=/nonexistent", "SYSTEMD_UNIT_PATH=\(folders)", "SYSTEMD_GENERATOR_PATH=/nonexistent",
            "SYSTEMD_PROC_CMDLINE=quiet",
        ]
        let command =
            "chmod -R a+rX \(root); env -i \(environment.joined(separator: " ")) "
            + "/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups \(program) --test --system --no-pager 2>/dev/null"
        guard let stream = unsafe popen(command, "r") else { throw Errno(rawValue: errno) }
        defer { _ = unsafe pclose(stream) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = unsafe fread(&piece, 1, piece.count, stream), count > 0 { bytes += piece[..<count] }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line -> String? in
            let parts = line.split(whereSeparator: \.isWhitespace)
            return parts.count == 4 && parts[0] == "Action:" && parts[3] == "start" ? String(parts[1]) : nil
        }
        return Set(words).filter { !$0.hasSuffix(".slice") }
    }
}

/// Numbers that are the same in every run.
private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    mutating func one(in number: Int) -> Bool { Int.random(in: 0..<number, using: &self) == 0 }
    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int.random(in: 0..<values.count, using: &self)] }
}

/// A tree of units in which anything may be wrong.
private struct UnitTree {
    private static let folders = ["/etc", "/usr/local/lib", "/usr/lib"].map { "\($0)/systemd/system" }
    private static let targets = ["graphical.target", "multi-user.target", "basic.target", "sysinit.target"]
    private static let services = ["a", "b", "c", "x-y", "x-y-z", "t@1", "t@", "u@2", "al"].map { "\($0).service" }
    private static let others = ["s.socket", "m.timer", "p.path", "w.swap", "lost.target", "device-like.mount"]

    let tree: ScratchTree
    private var dice: Dice
    private var taken: Set<FilePath> = []

    init(seed: UInt64) throws {
        tree = try ScratchTree()
        dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
        try tree.write("", to: "/usr/lib/systemd/systemd")
        try tree.write("", to: "/usr/lib/systemd/libsystemd-shared-252.so")
        try writeTargets()
        for unit in Self.services + Self.others { try writeUnit(unit) }
        for _ in 0..<12 { try writeEntry() }
        for _ in 0..<4 { try writeDropIn() }
        try tree.write("quiet\n", to: "/proc/cmdline")
    }

    /// What a service may say.
    private static let bodies: [[String]] = [
        ["ExecStart=/bin/true"], ["ExecStart=/bin/true"], ["ExecStart=/bin/true"], ["Type=oneshot"], [],
        ["Type=oneshot", "ExecStart=/bin/true", "ExecStart=/bin/false"],
        ["ExecStart=/bin/true", "ExecStart=/bin/false"], ["ExecStart=/bin/true ; /bin/false"],
        ["Type=oneshot", "RemainAfterExit=yes"], ["Type=oneshot", "RemainAfterExit=yes", "ExecStop=/bin/true"],
        ["Type=simple", "ExecStop=/bin/true"], ["Type=dbus", "ExecStart=/bin/true"],
        ["Type=oneshot", "ExecStart=/bin/true", "Restart=always"], ["ExecStart=/bin/true", "ExecStart="],
        ["ExecStart="], ["Type=notify", "ExecStart=-/bin/true --word \\", "  --more"],
        ["Type=wrong", "ExecStart=@/bin/true name"], ["; ExecStart=/bin/true"], ["ExecStart=/bin/../true/"],
        ["ExecStart=/bin/../bin/true"], ["ExecStart=bin/true"], ["ExecStart=-bin/true", "ExecStart=/bin/true"],
        ["ExecStartPre=/bin/", "ExecStart=/bin/true"], ["ExecStop=/bin/true", "RemainAfterExit=yes"],
        ["ExecStart=/bin/true", "[Broken"],
    ]
    private static let sockets: [[String]] = [
        ["[Socket]", "ListenStream=/run/x"], ["[Socket]"], ["[Socket]", "Accept=no"],
    ]
    private static let timers: [[String]] = [["[Timer]", "OnBootSec=1"], ["[Timer]", "Unit=a.service"]]
    private static let paths: [[String]] = [["[Path]", "PathExists=/x"], ["[Path]"]]
    private static let swaps: [[String]] = [["[Swap]", "What=/w"], ["[Swap]", "What=/v"], ["[Swap]"]]
    private static let mounts: [[String]] = [["[Mount]", "What=/x", "Where=/device/like"], ["[Mount]"]]

    private mutating func writeTargets() throws {
        let usr = FilePath("/usr/lib/systemd/system")
        let texts = [
            "graphical.target": "Requires=multi-user.target", "multi-user.target": "Requires=basic.target",
            "basic.target": "Requires=sysinit.target\nWants=sockets.target timers.target",
            "sysinit.target": "Wants=swap.target", "sockets.target": "", "timers.target": "", "swap.target": "",
            "rescue.target": "Requires=sysinit.target rescue.service", "emergency.target": "Requires=emergency.service",
            "shutdown.target": "DefaultDependencies=no", "lost.target": "",
        ]
        // systemd's own targets may be isolated, and then nothing is collected that was drawn in for what is gone.
        let isolates = dice.one(in: 2) ? "AllowIsolate=yes\n" : ""
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) where !dice.one(in: 60) {
            try tree.write("[Unit]\n\(isolates)\(text)\n", to: usr.appending(name))
            taken.insert(usr.appending(name))
        }
        for name in ["rescue", "emergency"] {
            try tree.write(
                "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sh\n", to: usr.appending("\(name).service"))
        }
        try tree.link(usr.appending("default.target"), to: "graphical.target")
        guard dice.one(in: 4) else { return }
        let place = dice.pick([
            "../../../usr/lib/systemd/system/multi-user.target", "../../../usr/lib/systemd/system/rescue.target",
            "../../../usr/lib/systemd/system/emergency.target", "/dev/null", "no.target", "/nonexistent/lost.target",
        ])
        try tree.link("/etc/systemd/system/default.target", to: FilePath(place))
    }

    private mutating func text(of unit: String) -> String {
        var lines = ["[Unit]", "Description=\(unit)"]
        if dice.one(in: 6) { lines.append("DefaultDependencies=no") }
        for key in ["Wants", "Requires", "BindsTo", "After"] where dice.one(in: 5) {
            lines.append("\(key)=\(dice.pick(Self.services)) \(dice.pick(Self.others + Self.targets))")
        }
        for key in ["Before", "PartOf", "Requisite"] where dice.one(in: 12) {
            lines.append("\(key)=\(dice.pick(Self.services))")
        }
        if dice.one(in: 8) {
            lines.append("Conflicts=\(dice.pick(Self.services.filter { $0 != unit }))")
        }
        switch UnitIdentifier(unit)?.type {
        case "service":
            lines.append("[Service]")
            lines += dice.pick(Self.bodies)
        case "socket": lines += dice.pick(Self.sockets)
        case "timer": lines += dice.pick(Self.timers)
        case "path": lines += dice.pick(Self.paths)
        case "swap": lines += dice.pick(Self.swaps)
        case "mount": lines += dice.pick(Self.mounts)
        default: break
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A relative link that leads to the same place below any root.
    private static func way(from folder: String, to unit: String) -> FilePath {
        let up = String(repeating: "../", count: FilePath(folder).components.count)
        return FilePath("\(up)usr/lib/systemd/system/\(unit)")
    }

    private mutating func writeUnit(_ unit: String) throws {
        for folder in Self.folders where dice.one(in: folder == Self.folders[2] ? 1 : 5) {
            let path = FilePath(folder).appending(unit)
            guard taken.insert(path).inserted else { continue }
            switch Int.random(in: 0..<16, using: &dice) {
            case 0: try tree.link(path, to: "/dev/null")
            case 1: try tree.write("", to: path)
            case 2: try tree.link(path, to: FilePath(dice.pick(Self.services)))
            case 3: try tree.link(path, to: Self.way(from: folder, to: dice.pick(Self.services)))
            case 4: try tree.link(path, to: dice.one(in: 2) ? "/nonexistent/unit" : FilePath("no-\(unit)"))
            case 5: break
            default: try tree.write(text(of: unit), to: path)
            }
        }
    }

    private mutating func writeEntry() throws {
        let owner = dice.pick(Self.targets + ["default.target", "multi-user.target", "lost.target"] + Self.services)
        let suffix = dice.pick(["wants", "wants", "wants", "requires"])
        let name = dice.pick(Self.services + Self.others)
        let folder = "\(dice.pick(Self.folders))/\(owner).\(suffix)"
        let entry = FilePath(folder).appending(name)
        let unit = Self.way(from: folder, to: name)
        guard taken.insert(entry).inserted else { return }
        switch Int.random(in: 0..<12, using: &dice) {
        case 0: try tree.link(entry, to: "/dev/null")
        case 1: try tree.write("", to: entry)
        case 2: try tree.write("[Service]\nExecStart=/bin/true\n", to: entry)
        case 3: try tree.write("", to: entry.appending("file"))
        case 4: try tree.link(entry, to: "/nonexistent/other.service")
        case 5: try tree.link(entry, to: FilePath("../\(dice.pick(Self.services))"))
        default: try tree.link(entry, to: unit)
        }
    }

    private mutating func writeDropIn() throws {
        let owner = dice.pick(
            Self.services + ["service", "x-.service", "x-y-.service", "t@.service", "multi-user.target"])
        let path = FilePath(dice.pick(Self.folders)).appending("\(owner).d").appending(
            dice.pick(["10.conf", "20.conf", "30.txt"]))
        guard taken.insert(path).inserted else { return }
        switch Int.random(in: 0..<6, using: &dice) {
        case 0: try tree.link(path, to: "/dev/null")
        case 1: try tree.write("", to: path)
        case 2: try tree.write("[Service]\nExecStart=\n", to: path)
        case 3: try tree.write("[Service]\nExecStart=\nExecStart=/bin/echo %n\n", to: path)
        case 4: try tree.write("[Service]\nExecStart=/bin/more\n", to: path)
        default: try tree.write("[Unit]\nWants=\(dice.pick(Self.services))\n", to: path)
        }
    }
}

@Suite("What the next boot starts")
struct BootTransactionTests {
    /// How many trees are tried; more by `NUCPREP_TREES`.
    private static let trees = number("NUCPREP_TREES") ?? 20
    /// The seed of the first; with `NUCPREP_TREE`, to look at that one, a tree that is judged otherwise is printed.
    private static let first = number("NUCPREP_TREE") ?? 1

    private static func number(_ name: String) -> UInt64? {
        unsafe getenv(name).flatMap { unsafe UInt64(String(cString: $0)) }
    }

    @Test(
        "is what PID 1 of systemd says of the same units, whatever is wrong with them",
        .enabled(if: Manager.isThere, "systemd is not installed, or this is not root"))
    func judged() async throws {
        var wrong = 0
        var (units, chance, chanceTrees) = (0, 0, 0)
        for seed in Self.first..<Self.first + Self.trees {
            let made = try UnitTree(seed: seed)
            var reader = try await BootUnitReader(LinuxMachine(root: made.tree.path).view)
            let ours = try await BootTransaction(&reader)
            let theirs = try Manager.starts(made.tree.path).subtracting(ours.undecided)
            let said = Set(ours.started.keys).filter { !$0.hasSuffix(".slice") }
            units += said.count + ours.undecided.count
            chance += ours.undecided.count
            chanceTrees += ours.undecided.isEmpty ? 0 : 1
            guard said != theirs else { continue }
            wrong += 1
            let more = said.subtracting(theirs).sorted()
            let less = theirs.subtracting(said).sorted()
            print("seed \(seed): started by us alone \(more), by systemd alone \(less)")
            guard Self.first > 1 else { continue }
            for path in try made.tree.inventory() { print("\(path): \(try made.tree.text(FilePath(path)) ?? "")") }
        }
        print("\(units) units, \(chance) left to chance in \(chanceTrees) trees")
        print("\(Self.trees) trees of units, \(wrong) judged otherwise by systemd")
        #expect(wrong == 0)
        // Where the order of a hash decides, systemd itself answers now so and now so.
        #expect(chance * 10 <= units)
    }
}
