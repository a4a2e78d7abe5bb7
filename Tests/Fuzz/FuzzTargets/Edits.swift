internal import ConfigFormats

extension FuzzTarget {
    /// Files that are edited: nothing is lost but what was to go, and an edit that was made needs no other.
    static let edits = [
        FuzzTarget("toml", toml), FuzzTarget("containerd", containerd), FuzzTarget("fstab", fstab),
        FuzzTarget("hosts", hosts),
    ]

    /// Every value that is no table, with its path.
    private static func leaves(_ table: TOMLTable, _ path: [String] = []) -> [([String], TOMLNode)] {
        table.keys.flatMap { key -> [([String], TOMLNode)] in
            guard let node = table[key] else { return [] }
            guard case .table(let inner) = node else { return [(path + [key], node)] }
            return leaves(inner, path + [key])
        }
    }

    @Sendable private static func toml(_ bytes: [UInt8]) throws(Broken) {
        if case .failure(let error) = result({ () throws(ParseError) in try TOMLText(bytes: bytes) }) {
            try expect((1...lines(bytes).count + 1).contains(error.line), "an error outside of the file: \(error)")
            return try expect((try? TOMLEdit(bytes)) == nil, "the editor takes what the reader refuses")
        }
        guard var edit = try? TOMLEdit(bytes) else { throw Broken("the editor refuses what the reader takes") }
        try expect(edit.bytes == bytes, "an editor that did nothing has changed a byte")
        for path in [["a"], ["a", "b"], ["plugins", "x.y", "k"]] {
            let before = edit.bytes
            guard let old = try? TOMLText(bytes: before) else { throw Broken("an edit has left no TOML") }
            guard (try? edit.set(path, to: .boolean(true))) != nil else {
                try expect(edit.bytes == before, "a refused edit has changed something")
                continue
            }
            guard let new = try? TOMLText(bytes: edit.bytes) else { throw Broken("an edit has left no TOML") }
            try expect(new.root.value(at: path) == .boolean(true), "an edit without effect at \(path)")
            for (place, value) in leaves(old.root) where place != path && !isNaN(value) {
                try expect(new.root.value(at: place) == value, "an edit of \(path) has changed \(place)")
            }
            let kept = Set(lines(edit.bytes))
            let lost = lines(before).count { !kept.contains($0) }
            // A line may get a key in its braces, and the last one may get an end.
            try expect(lost <= 2, "an edit of one value has changed more than its line")
        }
    }

    /// Whether a value is not equal to itself.
    private static func isNaN(_ value: TOMLNode) -> Bool { value != value }

    @Sendable private static func containerd(_ bytes: [UInt8]) throws(Broken) {
        for release in [(1, 6), (1, 7), (2, 1), (2, 3)].map({ ContainerdRelease(major: $0.0, minor: $0.1) }) {
            guard let file = try? ContainerdFile(path: "/c", bytes: bytes) else { return }
            let configuration = ContainerdConfiguration([file], for: release)
            _ = (
                configuration.startFault, configuration.cgroupFault, configuration.decidingPlace,
                configuration.misplaced
            )
            guard let edit = try? ContainerdEdit(of: configuration), let changed = edit.files.first else { continue }
            try expect(changed.before == bytes, "an edit of something else")
            guard let new = try? ContainerdFile(path: "/c", bytes: changed.after) else {
                throw Broken("an edit has left no configuration")
            }
            let made = ContainerdConfiguration([new], for: release)
            try expect(made.disablings.isEmpty && made.startFault == nil, "an edit that does not help")
            if let again = try? ContainerdEdit(of: made) {
                try expect(again.files.isEmpty, "an edit that was made needs another")
            }
            guard (file.version ?? 0) >= 2 else { continue }
            let intended: Set<String> = [
                "disabled_plugins", "SystemdCgroup", "runtime_type", "systemd_cgroup", "required_plugins",
            ]
            for (place, value) in leaves(file.text.root) where !isNaN(value) {
                guard let last = place.last, !intended.contains(last), last.lowercased() != "systemdcgroup" else {
                    continue
                }
                // A plugin that is called by its short name gets its full one.
                guard place.first != "plugins" || place.count < 2 || place[1].contains(".") else { continue }
                try expect(new.value(at: place) == value, "an edit has lost \(place)")
            }
        }
    }

    @Sendable private static func fstab(_ bytes: [UInt8]) throws(Broken) {
        let file = Fstab(bytes: bytes)
        let wanted = Set(file.swapEntries.map(\.line))
        let commented = file.commenting(lines: wanted)
        try expect(Fstab(bytes: commented).swapEntries.isEmpty, "swap is still there")
        let (old, new) = (lines(bytes), lines(commented))
        try expect(old.count == new.count, "a line was lost")
        for (index, pair) in zip(old, new).enumerated() {
            let isWanted = wanted.contains(index + 1)
            try expect(
                pair.1.elementsEqual(isWanted ? [UInt8(ascii: "#")] + pair.0 : Array(pair.0)), "another line changed")
        }
        let stopped = file.addingNoAuto(lines: wanted)
        let again = Fstab(bytes: stopped)
        try expect(again.swapEntries.allSatisfy(\.isNoAuto), "an entry still starts at boot")
        try expect(again.entries.map(\.spec) == file.entries.map(\.spec), "an entry was lost")
        try expect(again.addingNoAuto(lines: wanted) == stopped, "an edit that was made needs another")
        let others = zip(lines(bytes), lines(stopped)).enumerated().filter { !wanted.contains($0.offset + 1) }
        try expect(others.allSatisfy { $0.element.0 == $0.element.1 }, "another line changed")
    }

    @Sendable private static func hosts(_ bytes: [UInt8]) throws(Broken) {
        let file = HostsFile(bytes: bytes)
        try expect(file.bytes == bytes, "reading has changed a byte")
        guard let loopback = IPAddress("127.0.1.1") else { return }
        let removed = file.removing(["n1"], from: loopback)
        let without = HostsFile(bytes: removed)
        try expect(
            !without.entries.contains { !$0.isOurs && $0.address == loopback && $0.names.contains("n1") },
            "the name is still there")
        let others = file.entries.filter { $0.isOurs || $0.address != loopback }
        let kept = without.entries.filter { $0.isOurs || $0.address != loopback }
        try expect(kept.map(\.names) == others.map(\.names), "another entry has lost a name")
        let comments = lines(bytes).filter { $0.first == UInt8(ascii: "#") }
        try expect(isPart(comments, of: lines(removed)), "a comment was lost")
        guard let put = try? file.puttingBlock([.init(address: "10.0.0.1", names: ["n1"])], note: ["x"]) else { return }
        let block = HostsFile(bytes: put)
        try expect(
            block.entries.first { $0.names.contains("n1") }?.isOurs == true, "another entry comes before the block")
        try expect((try? block.puttingBlock([.init(address: "10.0.0.1", names: ["n1"])], note: ["x"])) == put, "twice")
        let outside = file.entries.filter { !$0.isOurs }
        try expect(block.entries.filter { !$0.isOurs }.map(\.names) == outside.map(\.names), "an entry was lost")
    }
}
