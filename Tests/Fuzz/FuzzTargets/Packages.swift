internal import ConfigFormats

extension FuzzTarget {
    /// What apt and dpkg read.
    static let packages = [
        FuzzTarget("sources", sources), FuzzTarget("apt-conf", aptConfiguration),
        FuzzTarget("preferences", preferences),
        FuzzTarget("dpkg-status", dpkgStatus), FuzzTarget("openpgp", openPGP),
    ]

    @Sendable private static func sources(_ bytes: [UInt8]) throws(Broken) {
        for style in [AptSources.Style.oneLine, .stanzas] {
            let file = AptSources(bytes, style: style)
            for error in file.malformed {
                try expect((1...lines(bytes).count + 1).contains(error.line), "an error outside of the file")
            }
            for entry in file.entries {
                try expect(!entry.types.isEmpty && !entry.addresses.isEmpty && !entry.suites.isEmpty, "half an entry")
            }
            try expect(file.disabling(lines: []) == bytes, "nothing was to be done")
            let wanted = file.entries.map(\.line)
            let edited = file.disabling(lines: wanted)
            let again = AptSources(edited, style: style)
            try expect(again.entries.isEmpty, "an entry is still in force")
            try expect(again.malformed.count == file.malformed.count, "an edit has made another error")
            guard case .oneLine = style else { continue }
            let new = lines(edited).enumerated().map { wanted.contains($0 + 1) ? $1.dropFirst(2) : $1 }
            try expect(new == lines(bytes), "another line changed")
        }
    }

    @Sendable private static func aptConfiguration(_ bytes: [UInt8]) throws(Broken) {
        var all = AptConfiguration()
        if case .failure(let error) = result({ () throws(ParseError) in try all.read(bytes, file: "f") }) {
            try expect((1...lines(bytes).count).contains(error.line), "an error outside of the file: \(error)")
        }
        for name in ["a", "a::b", "Unattended-Upgrade::Package-Blacklist"] {
            let list = all.list(name)
            try expect(list.count <= AptConfiguration.limits.statements, "more settings than their limit")
            for setting in list {
                try expect(
                    setting.name.joined(separator: "::").utf8.count <= AptConfiguration.limits.nameBytes * 3,
                    "a long name")
                try expect(lines(bytes).count >= setting.line, "a setting outside of the file")
            }
            _ = all.value(name)
        }
    }

    @Sendable private static func preferences(_ bytes: [UInt8]) throws(Broken) {
        let file = AptPreferences(bytes)
        for pin in file.pins {
            try expect(pin.priority != 0 && abs(pin.priority) <= 32768, "a priority that apt does not have")
            try expect(pin.line <= lines(bytes).count && !pin.packages.isEmpty, "a pin about nothing")
            for name in ["kubeadm", "kubelet"] { _ = pin.names(name) }
            _ = pin.covers(version: "1.28.1-1.1", from: "pkgs.k8s.io")
        }
        _ = try? AptPolicy(parsing: text(bytes))
        let version = DebianVersion(text(bytes.prefix(200)))
        try expect(!(version < version), "a version before itself")
        let other = DebianVersion("1.28.1-1.1")
        try expect(!(version < other && other < version), "two versions before each other")
    }

    @Sendable private static func dpkgStatus(_ bytes: [UInt8]) throws(Broken) {
        let whole = try? DpkgStatus(parsing: bytes, keeping: nil)
        let pieces = result { () throws(ParseError) in
            var reader = DpkgStatus.Reader(keeping: nil)
            var rest = bytes[...]
            while !rest.isEmpty {
                try reader.read(Array(rest.prefix(7)))
                rest = rest.dropFirst(7)
            }
            return try reader.ended()
        }
        if case .failure(let error) = pieces {
            try expect((1...lines(bytes).count + 1).contains(error.line), "an error outside of the file: \(error)")
        }
        try expect(whole == (try? pieces.get()), "read in pieces it is something else")
        guard let whole else { return }
        let printed = whole.entries.map { entry in
            "Package: \(entry.name)\nStatus: \(entry.want.rawValue) \(entry.needsReinstall ? "reinstreq" : "ok") \(entry.state.rawValue)\n"
                + (entry.version.map { "Version: \($0)\n" } ?? "")
                + (entry.architecture.map { "Architecture: \($0)\n" } ?? "") + "\n"
        }
        if let again = try? DpkgStatus(parsing: Array(printed.joined().utf8), keeping: nil) {
            try expect(
                again.entries.map(\.name) == whole.entries.map(\.name), "names are read otherwise the second time")
            try expect(again.troubled.map(\.name) == whole.troubled.map(\.name), "trouble comes or goes")
        } else {
            try expect(whole.entries.isEmpty, "what was read cannot be read again")
        }
    }

    @Sendable private static func openPGP(_ bytes: [UInt8]) throws(Broken) {
        if let binary = try? OpenPGPKey.binary(of: bytes) {
            try expect(binary.count <= bytes.count, "a key that grows")
        }
        _ = try? OpenPGPKey.keys(in: bytes)
    }
}
