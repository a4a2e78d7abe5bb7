internal import ConfigFormats
internal import LinuxHost
internal import NodeAPI
internal import NodeAPITransport
internal import NodeConfiguration

extension Growth {
    /// Repeats what `piece` gives for 0, 1, 2 … up to a size, between a beginning and an end.
    init(
        _ name: String, limit: Int = 1 << 20, _ start: String = "", each piece: @escaping @Sendable (Int) -> String,
        _ end: String = "", parse: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.init(
            name: name, limit: limit,
            input: { size in
                var bytes = Array(start.utf8)
                for number in 0... {
                    let next = piece(number)
                    guard bytes.count + next.utf8.count + end.utf8.count <= size else { break }
                    bytes += Array(next.utf8)
                }
                return bytes + Array(end.utf8)
            }, parse: parse)
    }

    /// Begins one thing in another as deep as the size allows, and ends all of it.
    init(
        nested name: String, limit: Int = 1 << 20, _ open: String, _ close: String,
        parse: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.init(
            name: name, limit: limit,
            input: { size in
                let count = size / (open.utf8.count + close.utf8.count)
                return Array((String(repeating: open, count: count) + String(repeating: close, count: count)).utf8)
            }, parse: parse)
    }

    /// Every parser with the inputs that are worst for it.
    static let rows: [Growth] = apt + toml + lines + containerd + wire
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

// MARK: - apt and dpkg

extension Growth {
    @Sendable private static func readAptConfiguration(_ bytes: [UInt8]) {
        var configuration = AptConfiguration()
        try? configuration.read(bytes, file: "apt.conf")
        _ = configuration.list("a::b")
        _ = configuration.value("a::c")
    }

    @Sendable private static func readSources(_ style: AptSources.Style) -> @Sendable ([UInt8]) -> Void {
        { bytes in
            let sources = AptSources(bytes, style: style)
            _ = sources.disabling(lines: sources.entries.map(\.line))
        }
    }

    @Sendable private static func readPreferences(_ bytes: [UInt8]) {
        for pin in AptPreferences(bytes).pins {
            for name in ["kubeadm", "kubelet", "kubectl"] { _ = pin.names(name) }
            _ = pin.covers(version: "1.28.1-1.1", from: "pkgs.k8s.io")
        }
    }

    @Sendable private static func readStatus(_ bytes: [UInt8]) {
        guard let status = try? DpkgStatus(parsing: bytes, keeping: nil) else { return }
        _ = status.updated(by: status)
    }

    fileprivate static let apt: [Growth] = [
        Growth("apt.conf, many settings", each: { "a::b::k\($0) \"v\";\n" }, parse: readAptConfiguration),
        Growth("apt.conf, the same list", each: { _ in "a::b:: \"v\";\n" }, parse: readAptConfiguration),
        Growth(nested: "apt.conf, nested", "a{", "}", parse: readAptConfiguration),
        Growth("apt.conf, one long name", each: { _ in "::" }, " \"v\";", parse: readAptConfiguration),
        Growth(
            "apt.conf, settings and clears", each: { "a::b::k\($0 / 2) \"v\"; #clear a::b::k\($0);\n" },
            parse: readAptConfiguration),
        Growth(
            "apt.conf, settings, then clears", each: { "a::b:: \"k\($0)\";#clear a::b::x\($0);\n" },
            parse: readAptConfiguration),
        Growth(
            "apt.conf, lists of one long name", String(repeating: "a {", count: 31), each: { "\($0);" },
            parse: readAptConfiguration),
        Growth("apt.conf, comments on one line", each: { _ in "/*x*/" }, parse: readAptConfiguration),
        Growth("apt.conf, a comment that never ends", each: { _ in "/*\n" }, parse: readAptConfiguration),
        Growth("apt.conf, quotes", each: { _ in "\"\n" }, parse: readAptConfiguration),
        Growth("apt.conf, brackets", each: { _ in "[ " }, ";", parse: readAptConfiguration),
        Growth("apt.conf, a statement without end", each: { _ in "a\n" }, parse: readAptConfiguration),
        Growth(
            "sources.list, many lines", each: { "deb [signed-by=/k.gpg] https://h/\($0)/ /\n" },
            parse: readSources(.oneLine)),
        Growth(
            "sources.list, many options", "deb [ ", each: { _ in "a=b " }, "] http://h/ /\n",
            parse: readSources(.oneLine)),
        Growth(
            "sources.list, brackets in options", "deb [ ", each: { _ in "a=[] " }, "] http://h/ /\n",
            parse: readSources(.oneLine)),
        Growth(
            "sources.list, unclosed brackets", "deb ", each: { _ in "[" }, parse: readSources(.oneLine)),
        Growth(
            "*.sources, many stanzas", each: { "Types: deb\nURIs: https://h/\($0)/\nSuites: ./\n\n" },
            parse: readSources(.stanzas)),
        Growth(
            "*.sources, many fields", "Types: deb\n", each: { "X\($0): y\n" }, parse: readSources(.stanzas)),
        Growth(
            "*.sources, continuations", "Types: deb\nURIs:", each: { _ in "\n http://h/" }, "\nSuites: ./\n",
            parse: readSources(.stanzas)),
        Growth("*.sources, blank lines", "Types: deb\n", each: { _ in " \n" }, parse: readSources(.stanzas)),
        Growth(
            "preferences, many pins", each: { "Package: k\($0)\nPin: version 1.\($0)*\nPin-Priority: 1\n\n" },
            parse: readPreferences),
        Growth(
            "preferences, hard expressions",
            each: { _ in "Package: /(.|.)*(.|.)*(.|.)*(.|.)*z/\nPin: version 1\nPin-Priority: 1\n\n" },
            parse: readPreferences),
        Growth(
            "preferences, stars", "Package: a\nPin: version ", each: { _ in "*1" }, "\nPin-Priority: 1\n",
            parse: readPreferences),
        Growth(
            "preferences, brackets", "Package: a\nPin: version ", each: { _ in "*[" }, "\nPin-Priority: 1\n",
            parse: readPreferences),
        Growth(
            "preferences, words of one pin", "Package:", each: { " k\($0)*" }, "\nPin: version 1\nPin-Priority: 1\n",
            parse: readPreferences),
        Growth(
            "dpkg status, many packages", limit: 1 << 18,
            each: { "Package: p\($0)\nStatus: install ok unpacked\nVersion: 1\n\n" }, parse: readStatus),
        Growth(
            "dpkg status, a long field", "Package: p\nStatus: install ok installed\nVersion: 1\nX:",
            each: { _ in "\n y" }, "\n\n", parse: readStatus),
        Growth(
            "OpenPGP, many packets", each: { _ in "\u{0}" },
            parse: { bytes in
                _ = try? OpenPGPKey.keys(in: bytes.map { _ in 0x98 }.enumerated().map { $0.offset % 2 == 0 ? 0x98 : 0 })
            }),
        Growth(
            "OpenPGP, armour of many blocks",
            each: { _ in "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmAA=\n-----END PGP PUBLIC KEY BLOCK-----\n" },
            parse: { bytes in _ = try? OpenPGPKey.keys(in: bytes) }),
        Growth(
            "OpenPGP, armour of one block", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n", each: { _ in "mAAA\n" },
            "-----END PGP PUBLIC KEY BLOCK-----\n", parse: { bytes in _ = try? OpenPGPKey.keys(in: bytes) }),
        Growth(
            "apt-cache policy, many versions", "a:\n Version table:\n",
            each: { "     \($0) 500\n        500 http://h\n" },
            parse: { bytes in _ = try? AptPolicy(parsing: text(bytes)) }),
        Growth(
            "Debian versions", each: { _ in "1.a" },
            parse: { bytes in _ = DebianVersion(text(bytes)) < DebianVersion(text(bytes) + "0") }),
    ]
}

// MARK: - TOML

extension Growth {
    @Sendable private static func readTOML(_ bytes: [UInt8]) {
        _ = try? TOMLText(bytes: bytes)
        if var edit = try? TOMLEdit(bytes) {
            try? edit.set(["a", "b", "c"], to: .integer(1))
            _ = try? edit.removeStrings({ $0 == "cri" }, from: ["l"])
            _ = try? edit.rename(["a"], to: "z")
            try? edit.replaceStrings(in: ["l"]) { $0 + "x" }
        }
    }

    @Sendable private static func readConfiguration(_ bytes: [UInt8]) {
        _ = try? ConfigurationDecoder.decode([ConfigurationFile(path: "/f", bytes: bytes)], known: [])
    }

    fileprivate static let toml: [Growth] = [
        Growth("TOML, many keys", limit: 1 << 18, each: { "k\($0) = \($0)\n" }, parse: readTOML),
        Growth("TOML, many tables", limit: 1 << 18, each: { "[t\($0)]\nk = 1\n" }, parse: readTOML),
        Growth("TOML, an array of tables", limit: 1 << 18, each: { _ in "[[a]]\nk = 1\n" }, parse: readTOML),
        Growth("TOML, a list of strings", limit: 1 << 18, "l = [", each: { _ in "\"cri\"," }, "]\n", parse: readTOML),
        Growth("TOML, a list of lists", limit: 1 << 18, "l = [", each: { _ in "[1]," }, "]\n", parse: readTOML),
        Growth("TOML, a table in braces", limit: 1 << 18, "l = {", each: { "k\($0)=1," }, "z=1}\n", parse: readTOML),
        Growth("TOML, dotted keys", limit: 1 << 18, each: { "a.b.k\($0) = 1\n" }, parse: readTOML),
        Growth("TOML, nested lists", limit: 1 << 18, "l=", each: { _ in "[" }, parse: readTOML),
        Growth("TOML, one long key", limit: 1 << 18, each: { _ in "a." }, "a = 1\n", parse: readTOML),
        Growth("TOML, one long string", limit: 1 << 18, "l = [\"", each: { _ in "\\n" }, "\"]\n", parse: readTOML),
        Growth("TOML, one long line of comment", limit: 1 << 18, "#", each: { _ in "\u{e9}" }, parse: readTOML),
        Growth("TOML, numbers", limit: 1 << 18, "l = [", each: { _ in "1_0," }, "]\n", parse: readTOML),
        Growth("TOML, text of many lines", limit: 1 << 18, "l = '''", each: { _ in "\n''" }, "'''\n", parse: readTOML),
        Growth(
            "configuration, many nodes", limit: 1 << 18,
            each: {
                "[[nodes]]\nname='n\($0)'\naddress='10.\($0 >> 16).\($0 >> 8 & 255).\($0 & 255)'\nrole='worker'\n"
            },
            parse: readConfiguration),
        Growth(
            "configuration, the same node", limit: 1 << 18,
            each: { _ in "[[nodes]]\nname='n'\naddress='10.0.0.1'\nrole='worker'\n" }, parse: readConfiguration),
        Growth("configuration, unknown keys", limit: 1 << 18, each: { "clustr\($0) = 1\n" }, parse: readConfiguration),
    ]
}

// MARK: - Formats of lines

extension Growth {
    @Sendable private static func readFstab(_ bytes: [UInt8]) {
        let fstab = Fstab(bytes: bytes)
        _ = fstab.commenting(lines: fstab.swapEntries.map(\.line))
        _ = fstab.addingNoAuto(lines: fstab.swapEntries.map(\.line))
    }

    @Sendable private static func readHosts(_ bytes: [UInt8]) {
        let hosts = HostsFile(bytes: bytes)
        if let address = IPAddress("127.0.1.1") { _ = hosts.removing(["n"], from: address) }
        _ = try? hosts.puttingBlock([.init(address: "10.0.0.1", names: ["n1"])], note: ["x"])
        _ = hosts.entries(naming: ["n", "m"])
    }

    @Sendable private static func readUnit(_ bytes: [UInt8]) {
        let unit = UnitFile(parsing: text(bytes))
        _ = unit.adding(unit).list("ExecStart", in: "Service")
    }

    @Sendable private static func readModprobe(_ bytes: [UInt8]) {
        _ = ModprobeFile.denial(of: "br_netfilter", in: [ModprobeFile(parsing: text(bytes))])
    }

    @Sendable private static func readCloud(_ bytes: [UInt8]) {
        _ = try? CloudConfig(parsing: text(bytes), keys: ["hostname", "preserve_hostname"])
    }

    @Sendable private static func readCommandLine(_ bytes: [UInt8]) {
        let line = KernelCommandLine(parsing: text(bytes))
        _ = line.boolean(of: "systemd.swap")
    }

    fileprivate static let lines: [Growth] = [
        Growth("fstab, swap lines", each: { "/dev/sda\($0) none swap sw 0 0\n" }, parse: readFstab),
        Growth("fstab, one long line", each: { _ in "a " }, parse: readFstab),
        Growth("fstab, options", "/dev/a none swap ", each: { _ in "a," }, " 0 0\n", parse: readFstab),
        Growth("fstab, escapes", "/dev/a none swap ", each: { _ in "\\040" }, " 0 0\n", parse: readFstab),
        Growth("fstab, NUL bytes", each: { _ in "a\u{0}\n" }, parse: readFstab),
        Growth("hosts, many lines", each: { "127.0.1.1 n x\($0)\n" }, parse: readHosts),
        Growth("hosts, lines that go", each: { _ in "127.0.1.1 n\n" }, parse: readHosts),
        Growth("hosts, every other line goes", each: { _ in "127.0.1.1 n\n::1 x\n" }, parse: readHosts),
        Growth("hosts, every other name goes", "127.0.1.1 x", each: { _ in " n x" }, "\n", parse: readHosts),
        Growth("hosts, names on one line", "127.0.1.1 x", each: { _ in " n" }, "\n", parse: readHosts),
        Growth("hosts, markers", each: { _ in "# BEGIN nucprep\n" }, parse: readHosts),
        Growth(
            "hostname, many lines", each: { _ in "#\n" }, parse: { bytes in _ = HostnameFile(parsing: text(bytes)) }),
        Growth("unit, many keys", "[Service]\n", each: { "K\($0)=1\n" }, parse: readUnit),
        Growth("unit, many sections", each: { "[S\($0)]\n" }, parse: readUnit),
        Growth("unit, continued lines", "[Service]\nA=", each: { _ in "\\\n" }, "x\n", parse: readUnit),
        Growth("unit, one long line", "[Service]\nA=", each: { _ in "\\" }, "\n", parse: readUnit),
        Growth(
            "sysctl.d, many lines", each: { "net.*.k\($0) = 1\n" },
            parse: { bytes in
                for entry in SysctlFile(parsing: text(bytes)).entries {
                    _ = SysctlFile.matches(entry.path, "net/ipv4/ip_forward")
                }
            }),
        Growth(
            "sysctl.d, a pattern of stars", each: { _ in "*[" }, "=1\n",
            parse: { bytes in
                for entry in SysctlFile(parsing: text(bytes)).entries {
                    _ = SysctlFile.matches("net/ipv4/" + entry.path, "net/ipv4/ip_forward")
                }
            }),
        Growth(
            "modules-load.d, many lines", each: { "m-\($0)\n" },
            parse: { bytes in _ = ModulesLoadFile(parsing: text(bytes)).line(naming: "br_netfilter") }),
        Growth("modprobe.d, many lines", each: { "install m\($0)* /bin/true\n" }, parse: readModprobe),
        Growth("modprobe.d, continued lines", "blacklist ", each: { _ in "\\\n" }, "x\n", parse: readModprobe),
        Growth("modprobe.d, a pattern of stars", "install ", each: { _ in "*b[" }, " x\n", parse: readModprobe),
        Growth("cloud-config, many keys", each: { "k\($0): v\n" }, parse: readCloud),
        Growth("cloud-config, one long line", "hostname: ", each: { _ in "a:b" }, "\n", parse: readCloud),
        Growth("cloud-config, quotes", "hostname: ", each: { _ in "'" }, "\n", parse: readCloud),
        Growth(
            "sshd_config, many words", "Include ", each: { "a\($0) " },
            parse: { bytes in _ = try? SSHDaemonFile(parsing: text(bytes)) }),
        Growth(
            "sshd_config, many lines", each: { _ in "Port = 22\n" },
            parse: { bytes in _ = try? SSHDaemonFile(parsing: text(bytes)) }),
        Growth(
            "sshd_config, blanks and quotes", "Port", each: { _ in " \"\"" },
            parse: { bytes in _ = try? SSHDaemonFile(parsing: text(bytes)) }),
        Growth(
            "nsswitch.conf, many words", "hosts:", each: { _ in " a[b]" },
            parse: { bytes in _ = NameServiceSwitch(parsing: text(bytes)) }),
        Growth("kernel command line, many words", each: { "k\($0)=\"1\" " }, parse: readCommandLine),
        Growth("kernel command line, quotes", each: { _ in "\"" }, parse: readCommandLine),
        Growth(
            "route table, many routes", "Iface\n",
            each: { "e\($0)\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n" },
            parse: { bytes in _ = try? RouteTable(parsingIPv4: text(bytes)) }),
        Growth(
            "route table, one long line", "Iface\n", each: { _ in "1\t" },
            parse: { bytes in _ = try? RouteTable(parsingIPv4: text(bytes)) }),
        Growth(
            "swap table, many areas", "Filename\n", each: { "/dev/s\($0) partition 1 0 -2\n" },
            parse: { bytes in _ = try? SwapTable(parsing: text(bytes)) }),
        Growth(
            "difference, every line", each: { "a\($0)\n" },
            parse: { bytes in _ = UnifiedDiff(of: "/f", from: bytes, to: bytes.map { $0 == 0x61 ? 0x62 : $0 }) }),
        Growth(
            "difference, 250 lines", limit: 1 << 20, each: { "a\($0 % 7)\n" },
            parse: { bytes in
                let old = Array(bytes.prefix(1000))
                _ = UnifiedDiff(of: "/f", from: old + bytes, to: old.map { $0 == 0x33 ? 0x34 : $0 } + bytes)
            }),
    ]
}

// MARK: - containerd

extension Growth {
    @Sendable private static func readContainerd(_ release: ContainerdRelease) -> @Sendable ([UInt8]) -> Void {
        { bytes in
            guard let file = try? ContainerdFile(path: "/c", bytes: bytes) else { return }
            let configuration = ContainerdConfiguration([file, file], for: release)
            _ = configuration.cgroupFault
            guard let edit = try? ContainerdEdit(of: configuration), let first = edit.files.first else { return }
            guard let old = try? TOMLText(bytes: first.before), let new = try? TOMLText(bytes: first.after) else {
                return
            }
            _ = ContainerdLoss(from: old.root, to: new.root, stated: new.root)
        }
    }

    private static let first = ContainerdRelease(major: 1, minor: 7)
    private static let second = ContainerdRelease(major: 2, minor: 1)
    private static let table = "version = 2\n[plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.runc]\n"

    fileprivate static let containerd: [Growth] = [
        Growth(
            "containerd 1.7, disabled plugins", limit: 1 << 18, "version = 2\ndisabled_plugins = [",
            each: { _ in "'io.containerd.grpc.v1.cri'," }, "]\n", parse: readContainerd(first)),
        Growth(
            "containerd 1.7, runtimes", limit: 1 << 18, table,
            each: { "[plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.r\($0)]\n" },
            parse: readContainerd(first)),
        Growth(
            "containerd 2.1, runtimes", limit: 1 << 18, table,
            each: { "[plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.r\($0)]\na=1\n" },
            parse: readContainerd(second)),
        Growth(
            "containerd 2.1, plugins of version 1", limit: 1 << 18,
            each: { "[plugins.a\($0)-service]\na=1\n" }, parse: readContainerd(second)),
        Growth(
            "containerd 1.7, plugins of version 1", limit: 1 << 18,
            each: { "[plugins.a\($0)-service]\na=1\n" }, parse: readContainerd(first)),
        Growth(
            "containerd 2.1, keys", limit: 1 << 18, "version = 3\n[plugins.'a.b']\n", each: { "k\($0)=1\n" },
            parse: readContainerd(second)),
        Growth(
            "containerd, settings under other names", limit: 1 << 18, each: { "[t.a\($0)]\nk\($0)=1\n" },
            parse: { bytes in
                guard let old = try? TOMLText(bytes: bytes),
                    let new = try? TOMLText(bytes: bytes.map { $0 == 0x61 ? 0x62 : $0 })
                else { return }
                _ = ContainerdLoss(from: old.root, to: new.root, stated: new.root)
            }),
    ]
}

// MARK: - The wire

extension Growth {
    @Sendable private static func readStatusBody(_ bytes: [UInt8]) {
        _ = try? WireJSON.decode(StatusBody.self, from: bytes)
    }

    @Sendable private static func readHeads(_ bytes: [UInt8]) {
        var filter = ReadOnlyFilter()
        var passed: [UInt8] = []
        try? filter.consume(bytes, passed: &passed)
    }

    fileprivate static let wire: [Growth] = [
        Growth("status as JSON, nested", "[", each: { _ in "[" }, parse: readStatusBody),
        Growth("status as JSON, keys", "{", each: { "\"k\($0)\":1," }, "\"z\":1}", parse: readStatusBody),
        Growth("status as JSON, strings", "[", each: { _ in "\"\\u00e9\"," }, "1]", parse: readStatusBody),
        Growth("status as JSON, digits", "{\"generation\":", each: { _ in "9" }, "}", parse: readStatusBody),
        Growth("request heads, one after the other", each: { _ in "GET / HTTP/1.1\r\n\r\n" }, parse: readHeads),
        Growth(
            "request heads, with fields", each: { "GET /\($0) HTTP/1.1\r\nA: b\r\nHost: x\r\nC:\t d\r\n\r\n" },
            parse: readHeads),
        Growth("request heads, one long target", "GET /", each: { _ in "a" }, parse: readHeads),
        Growth(
            "routes, a long query", limit: 1 << 18, "/v1/status?", each: { _ in "only=%41&" },
            parse: { bytes in _ = try? RoutedRequest(RequestHead(method: "GET", target: text(bytes))) }),
        Growth(
            "routes, escapes", limit: 1 << 18, "/v1/status?only=", each: { _ in "%41" },
            parse: { bytes in _ = try? RoutedRequest(RequestHead(method: "GET", target: text(bytes))) }),
    ]
}
