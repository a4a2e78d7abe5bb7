internal import LinuxHost
internal import NodeEngine
internal import NodeState
internal import SystemPackage

/// Plays the kernel, systemd, dpkg and apt on a scratch tree: what is asked of them is so at the next look.
struct ScratchActs {
    let tree: ScratchTree
    let answers: RecordedAnswers

    /// Carries out a change that is no edit of a file.
    func carryOut(_ change: Change) throws -> Effect {
        switch change {
        case .writeSysctl(let key, let value):
            try tree.write(value + "\n", to: FilePath("/proc/sys/" + key.replacing(".", with: "/")))
        case .setHostname(let name):
            try tree.write(name + "\n", to: "/etc/hostname")
            try tree.write(name + "\n", to: "/proc/sys/kernel/hostname")
            answers.update { $0.hostnamed = HostnamedState(staticName: name, name: name) }
        case .startUnit(let name), .restartUnit(let name):
            answers.update { $0.start(name) }
            if name.hasPrefix("ssh.") { try listen() }
        case .enableUnit(let name):
            answers.update { $0.units?[name]?.file = "enabled" }
            try tree.link(
                FilePath("/etc/systemd/system/multi-user.target.wants").appending(name),
                to: FilePath("/usr/lib/systemd/system").appending(name))
        case .holdPackages(let names): try hold(names)
        case .installPackages(let order):
            try install(order)
            try hold(order.hold)
        case .updatePackageLists:
            // Of lists that are the server's own, apt-get update changes nothing.
            guard try tree.text("/var/lib/apt/lists/lock") == nil else { return .alreadyTrue }
            try tree.write("", to: "/var/lib/apt/lists/lock")
        case .fetchKey(let order):
            guard let bytes = try RootedOpen(root: tree.path).bytes(at: "/run/nucprep/key", limit: 1 << 16) else {
                throw ScratchError.noKey
            }
            try tree.write(bytes, to: order.path)
        case .configurePackages:
            let words = ["half-installed", "unpacked", "half-configured"]
            try write(
                try stanzas().map { stanza in
                    words.reduce(stanza.replacing(" reinstreq ", with: " ok ")) {
                        $0.replacing(" ok \($1)\n", with: " ok installed\n")
                    }
                })
        case .tryPodSandbox(let trial):
            let record = PodSandboxRecord(
                key: trial.key, host: .started(cgroup: "/kubepods.slice/cri-containerd-a1.scope"),
                pod: trial.usesPodNetwork ? .address("10.244.0.2") : nil)
            try tree.write(record.text, to: FilePath("/run/nucprep").appending(PodSandboxRecord.name))
        case .removeLink(let link): tree.remove(FilePath("/sys/class/net").appending(link.name))
        case .deleteChains(let chains):
            answers.update { record in
                record.chains?.removeAll {
                    chains.contains(ChainName(family: $0.family, table: $0.table, name: $0.name))
                }
            }
        default: throw ScratchError.notPlayed(change.kind)
        }
        return .applied
    }

    private static let status: FilePath = "/var/lib/dpkg/status"

    private func stanzas() throws -> [String] {
        (try tree.text(Self.status) ?? "").split(separator: "\n\n").map { String($0) }
    }

    private func write(_ stanzas: [String]) throws {
        try tree.write(stanzas.map { $0.trimmed + "\n\n" }.joined(), to: Self.status)
    }

    private func hold(_ names: [String]) throws {
        guard !names.isEmpty else { return }
        try write(
            try stanzas().map { stanza in
                guard names.contains(where: { stanza.trimmed.hasPrefix("Package: \($0)\n") }) else { return stanza }
                return ["install", "deinstall", "purge", "unknown"].reduce(stanza) {
                    $0.replacing("Status: \($1) ", with: "Status: hold ")
                }
            })
    }

    private func install(_ order: PackageOrder) throws {
        var all = try stanzas()
        for package in order.packages {
            all.removeAll { $0.trimmed.hasPrefix("Package: \(package.name)\n") }
            all.append(
                """
                Package: \(package.name)
                Status: install ok installed
                Architecture: amd64
                Version: \(package.version ?? "1.7.24-1")
                """)
        }
        try write(all)
        if order.packages.contains(where: { $0.name == "openssh-server" }) { try bringSSH() }
    }

    /// What the package openssh-server brings with it, and what its scripts do.
    private func bringSSH() throws {
        try tree.write("ssh-ed25519 AAAA\n", to: "/etc/ssh/ssh_host_ed25519_key.pub")
        try tree.write("[Service]\nExecStart=/usr/sbin/sshd -D\n", to: "/usr/lib/systemd/system/ssh.service")
        tree.remove("/etc/systemd/system/multi-user.target.wants/ssh.service")
        _ = try carryOut(.enableUnit("ssh.service"))
        _ = try carryOut(.startUnit("ssh.service"))
    }

    /// Shows a socket that waits on port 22.
    private func listen() throws {
        try tree.write(
            """
              sl  local_address rem_address   st
               0: 00000000:0016 00000000:0000 0A

            """, to: "/proc/net/tcp")
    }
}

/// What a scratch host cannot do.
private enum ScratchError: Error {
    case noKey
    case notPlayed(String)
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.first?.isNewline == true { text.removeFirst() }
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}

extension HostRecord {
    /// Lets a second pass, in which a file was changed.
    mutating func tick(_ path: FilePath) {
        now = (now ?? 0) + 1_000_000
        if times != nil { times?[path] = now }
    }

    /// Starts a unit anew, a second later.
    mutating func start(_ name: String) {
        now = (now ?? 0) + 1_000_000
        var unit = units?[name] ?? UnitState(active: "inactive", sub: "dead", file: "disabled")
        (unit.active, unit.sub) = ("active", "running")
        unit.mainPID = (unit.mainPID ?? 1000) + 1
        unit.startedAt = now
        units?[name] = unit
    }
}
