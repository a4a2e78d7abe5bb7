internal import Glibc
internal import NodeAPI
internal import NodeTesting
internal import SystemPackage
internal import Testing

/// Files that others could have made, in the place of those that are read.
@Suite("Files of others")
struct TrustTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        /// Run in `/etc/nucprep`, in a name space of its own, with `nucprep.toml` there.
        var script: String
        /// What is said, in one line; nothing when the file is good.
        var told: [String] = []
    }

    private static let file = "/etc/nucprep/nucprep.toml"

    @Test(
        "the files of the machine's own configuration are trusted when root alone can write them",
        .enabled(if: geteuid() == 0, "mounts a folder of its own over /etc"),
        arguments: [
            Case(testDescription: "root's", script: "chmod 0600 nucprep.toml"),
            Case(testDescription: "readable by all", script: "chmod 0644 nucprep.toml"),
            Case(
                testDescription: "writable by all", script: "chmod 0666 nucprep.toml",
                told: ["\(file): cannot read it: its mode 0666 ", "chmod go-w \(file)"]),
            Case(
                testDescription: "writable by a group", script: "chmod 0664 nucprep.toml",
                told: ["\(file): cannot read it: its mode 0664 ", "chmod go-w \(file)"]),
            Case(
                testDescription: "writable by others", script: "chmod 0602 nucprep.toml",
                told: ["\(file): cannot read it: its mode 0602 ", "chmod go-w \(file)"]),
            Case(
                testDescription: "nobody's", script: "chown 65534 nucprep.toml",
                told: ["\(file): cannot read it: it belongs to user 65534", "chown root:root \(file)"]),
            Case(
                testDescription: "through a link, nobody's",
                script: "mv nucprep.toml /etc/theirs && chown 65534 /etc/theirs && ln -s ../theirs nucprep.toml",
                told: ["\(file): cannot read it: it belongs to user 65534"]),
            Case(
                testDescription: "a drop-in, writable by all",
                script: "mkdir -m 0755 conf.d && touch conf.d/a.toml && chmod 0666 conf.d/a.toml",
                told: ["/etc/nucprep/conf.d/a.toml: cannot read it: its mode 0666 "]),
            Case(
                testDescription: "a folder, writable by all",
                script: "mkdir conf.d && chmod 0777 conf.d && touch conf.d/a.toml",
                told: ["/etc/nucprep/conf.d: cannot trust it: its mode 0777 ", "chmod go-w /etc/nucprep/conf.d"]),
            Case(
                testDescription: "a pipe", script: "rm nucprep.toml && mkfifo -m 0600 nucprep.toml",
                told: ["\(file): cannot read it: it is no regular file"]),
            Case(
                testDescription: "a link to a pipe", script: "mkfifo /etc/pipe && ln -sf /etc/pipe nucprep.toml",
                told: ["\(file): cannot read it: it is no regular file"]),
            Case(
                testDescription: "a folder", script: "rm nucprep.toml && mkdir nucprep.toml",
                told: ["\(file): cannot read it: it is a directory"]),
            Case(
                testDescription: "a device without an end", script: "ln -sf /dev/zero nucprep.toml",
                told: ["\(file): cannot read it: it is no regular file"]),
            Case(
                testDescription: "a terminal", script: "ln -sf /dev/tty nucprep.toml",
                told: ["\(file): cannot read it: "]),
            Case(
                testDescription: "a socket",
                script: "rm nucprep.toml && perl -MIO::Socket::UNIX -e "
                    + "'IO::Socket::UNIX->new(Local => \"nucprep.toml\", Listen => 1) or die'",
                told: ["\(file): cannot read it: "]),
            Case(
                testDescription: "a link in circles", script: "rm nucprep.toml && ln -s nucprep.toml nucprep.toml",
                told: ["\(file): cannot read it: "]),
            Case(
                testDescription: "too large", script: "truncate -s 1T nucprep.toml",
                told: ["\(file): cannot read it: it has more than 262144 bytes"]),
            Case(
                testDescription: "a drop-in that is a pipe",
                script: "mkdir -m 0755 conf.d && mkfifo conf.d/a.toml",
                told: ["/etc/nucprep/conf.d/a.toml: cannot read it: it is no regular file"]),
        ])
    func machine(_ example: Case) async throws {
        try await withFolder { folder in
            let ended = try await run(Self.aside(example.script) + [Programs.nucprepd.string, "validate"], in: folder)
            #expect(ended.status == (example.told.isEmpty ? 0 : 78), "\(ended.story)")
            for text in example.told { #expect(ended.story.contains(text), "\(ended.story)") }
        }
    }

    /// The words before a program that have it find what a script makes in `/etc/nucprep`.
    private static func aside(_ script: String) -> [String] {
        let script = """
            mount -t tmpfs -o mode=0755 tmpfs /etc && mkdir -m 0755 /etc/nucprep && cd /etc/nucprep && umask 022 &&
            printf '[policy]\\n' >nucprep.toml && { \(script); } && cd / && exec "$@"
            """
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"]
    }

    @Test(
        "a configuration file is opened once, asked what it is, and read by the same descriptor",
        .enabled(if: geteuid() == 0 && hasStrace, "needs root and strace"))
    func calls() async throws {
        try await withFolder { folder in
            let strace = [
                "strace", "-f", "-qq", "-o", folder.appending("trace").string, "-e",
                "%file,fstat,newfstatat,read,close",
            ]
            let words = Self.aside("chmod 0644 nucprep.toml") + strace + [try Programs.nucprepd.string, "validate"]
            #expect(try await run(words, in: folder).status == 0)
            let lines = try Tree.bare(at: folder).text(of: "trace").split(separator: "\n").map(String.init)
            let opened = lines.indices.filter {
                lines[$0].contains("\"\(Self.file)\"") && lines[$0].contains("O_NONBLOCK")
                    && lines[$0].contains("O_NOCTTY")
            }
            #expect(opened.count == 1, "\(lines)")
            // What kind of file a path leads to may be asked without opening it: nothing is believed of that.
            let others = lines.filter { line in
                line.contains("\"\(Self.file)\"") && !line.contains("O_PATH") && !line.contains("newfstatat(")
            }
            #expect(others.count == 1, "\(others)")
            let after = try #require(opened.first)
            let number = lines[after].split(separator: " ").last.map(String.init) ?? ""
            let next = lines[(after + 1)...].filter { !$0.contains("resumed") }
            #expect(next.first?.contains("fstatat(\(number), ") ?? next.first?.contains("fstat(\(number), ") ?? false)
            #expect(next.dropFirst().first?.contains("read(\(number), ") ?? false, "\(next.prefix(3))")
            #expect(!lines.contains { $0.contains("EBADF") })
        }
    }

    private static var hasStrace: Bool { unsafe access("/usr/bin/strace", X_OK) == 0 }

    /// The files of a tree that the catalogue reads, each of which somebody could have replaced.
    private static let read = [
        "etc/fstab", "etc/hosts", "etc/hostname",
        "etc/machine-id", "etc/os-release", "etc/modules-load.d/a.conf", "etc/modprobe.d/a.conf", "etc/sysctl.d/a.conf",
        "etc/sysctl.conf", "etc/systemd/system/a.swap", "etc/cloud/cloud.cfg", "etc/nsswitch.conf",
        "etc/apt/sources.list", "etc/apt/sources.list.d/a.list", "etc/apt/preferences.d/a", "etc/apt/apt.conf.d/a",
        "etc/apt/keyrings/kubernetes-apt-keyring.gpg", "etc/containerd/config.toml", "etc/crictl.yaml",
        "etc/ssh/sshd_config", "var/lib/dpkg/status", "var/lib/dpkg/lock-frontend", "var/lib/dpkg/updates/0001",
        "proc/swaps", "proc/cmdline", "var/lib/nucprep/boot-record",
    ]

    @Test(
        "inspect and validate end when what they read is a pipe",
        arguments: [read, ["etc/nucprep/nucprep.toml"], ["etc/nucprep/conf.d/a.toml"]])
    func inspection(_ names: [String]) async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            for name in names { try await Self.makePipe(name, in: tree, folder) }
            let program = try Programs.nucprepd.string
            let ended = try await run([program, "inspect", "--root", tree.path.string], in: folder)
            #expect([2, 3].contains(ended.status), "\(ended.story)")
            #expect(ended.text.contains("unknown: cannot read /proc/swaps: it is no regular file") == (names.count > 1))
            guard let name = names.first, name.hasPrefix("etc/nucprep/") else { return }
            let told = "/\(name): cannot read it: it is no regular file"
            #expect(ended.story.contains(told))
            let judged = try await run([program, "validate", "--root", tree.path.string], in: folder)
            #expect(judged.status == 78)
            #expect(judged.story.contains(told))
        }
    }

    private static func makePipe(_ name: String, in tree: Tree, _ folder: FilePath) async throws {
        try tree.write("", to: name)
        let path = tree.path.appending(FilePath(name).components).string
        let made = try await run(["sh", "-c", "rm -f \"$1\" && mkfifo \"$1\"", "sh", path], in: folder)
        #expect(made.status == 0, "\(made.story)")
    }

    @Test("the daemon goes on when a file becomes a pipe, and says what it cannot read")
    func daemon() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try await withDaemon(on: tree, in: folder) { daemon in
                try await Self.makePipe("etc/fstab", in: tree, folder)
                let status = try await daemon.status("what is unknown") { status in
                    status.requirements.contains { $0.id == "swap-off" && $0.verdict == "unknown" }
                }
                #expect(status.readiness.verdict != "go")
                try await Self.makePipe("etc/nucprep/nucprep.toml", in: tree, folder)
                daemon.program.signal(SIGHUP)
                let degraded = try await daemon.status("the degradation") { $0.daemon.state == "degraded" }
                #expect(degraded.daemon.degradedBy.contains { $0.detail.contains("it is no regular file") })
                for name in ["etc/fstab", "etc/nucprep/nucprep.toml"] {
                    _ = unsafe unlink(tree.path.appending(FilePath(name).components).string)
                    try tree.write("", to: name)
                }
                daemon.program.signal(SIGHUP)
                _ = try await daemon.status("the recovery") { status in
                    status.daemon.state == "running"
                        && status.requirements.contains { $0.id == "swap-off" && $0.verdict == "met" }
                }
            }
        }
    }
}
