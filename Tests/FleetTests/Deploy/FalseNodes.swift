import Glibc
import NodeTesting
import SystemPackage
import Testing

@testable import Fleet

/// Nodes for a deployment, each a folder: a false ssh runs the commands in a mount namespace whose /etc, /var/cache and
/// /run/lock are the node's, with false apt-get, dpkg-query, systemctl, sudo and nucprepd in front of the real programs.
///
/// A file in a node's folder makes it misbehave; `calls` there is what was done on it.
final class FalseNodes: Sendable {
    let path: FilePath
    let package: DeployPackage

    init(_ names: [String]) async throws {
        var template = Array("/tmp/nucprep-nodes-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        path = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        let deb = path.appending("nucprep.deb")
        try await Self.shell(
            """
            set -e
            cd '\(path)'
            mkdir -p bin known tree/DEBIAN
            printf 'Package: nucprep\\nVersion: 1.2.3\\nArchitecture: %s\\nMaintainer: a\\nDescription: b\\n' \
                "$(dpkg --print-architecture)" >tree/DEBIAN/control
            dpkg-deb -b tree nucprep.deb >/dev/null
            """)
        package = try await DeployPackage(at: deb)
        try write(Self.ssh, to: "bin/ssh", isProgram: true)
        try write(
            "#!/bin/sh\nshift $(($# - 1))\ntouch '\(path)'/known/key-${1#*@}\n", to: "bin/ssh-copy-id", isProgram: true)
        for name in names {
            for folder in ["etc", "cache", "lock", "bin"] {
                try await Self.shell("mkdir -p '\(path)/\(name)/\(folder)'")
            }
            try await Self.shell("cp /etc/passwd /etc/group '\(path)/\(name)/etc/'; : >'\(path)/\(name)/calls'")
            for (program, text) in Self.programs { try write(text, to: "\(name)/bin/\(program)", isProgram: true) }
        }
    }

    deinit {
        // Nothing of it is needed any more; what stays is in /tmp.
        _ = unsafe system("rm -rf '\(path)'")
    }

    /// Looks for the programs here first.
    var searchPath: String { "\(path.appending("bin")):\(unsafe String(cString: getenv("PATH")))" }

    func deploy(
        _ names: [String], values: String = "[cluster]\nname = \"lab5\"\n", dialogue: (any DeployDialogue)? = nil,
        key home: FilePath? = nil, isForced: Bool = false
    ) async -> [DeployOutcome] {
        let nodes = names.map { FleetNode(name: $0, role: "worker", addresses: ["192.0.2.9"], target: $0) }
        let deployment = Deployment(
            nodes, package: package, file: DeployFile(values: Array(values.utf8)), controlPath: nil, dialogue: dialogue,
            key: home.map { PersonalKey(home: $0, searchPath: searchPath) }, searchPath: searchPath, isForced: isForced)
        return await deployment.run { _, _ in }
    }

    func write(_ text: String, to name: String, isProgram: Bool = false) throws {
        let file = try FileDescriptor.open(
            path.appending(FilePath(name).components), .writeOnly, options: [.create, .truncate, .closeOnExec],
            permissions: isProgram ? [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute] : [.ownerReadWrite])
        _ = try file.closeAfter { try file.writeAll(text.utf8) }
    }

    func remove(_ name: String) { _ = unsafe unlink(path.appending(FilePath(name).components).string) }

    func text(_ name: String) -> String? {
        guard
            let file = try? FileDescriptor.open(
                path.appending(FilePath(name).components), .readOnly, options: .closeOnExec)
        else { return nil }
        return try? file.closeAfter {
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let count = try unsafe bytes.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
            return String(decoding: bytes.prefix(count), as: UTF8.self)
        }
    }

    func calls(_ name: String) -> [Substring] { (text("\(name)/calls") ?? "").split(separator: "\n") }

    /// What a deployment left in /tmp on the node.
    func folders(_ name: String) -> [Substring] {
        (text("\(name)/folders") ?? "").split(separator: "\n").filter { unsafe access(String($0), F_OK) == 0 }
    }

    static func shell(_ script: String) async throws {
        let end = try await ChildProgram(name: "sh", arguments: ["-c", script], searchPath: nil).run()
        guard end.exit == 0 else { throw Errno.ioError }
    }

    private static let ssh = """
        #!/bin/sh
        # ssh OPTIONS -- TARGET COMMAND
        world=$(dirname "$(dirname "$(readlink -f "$0")")")
        batch=no
        while [ "$1" != -- ]; do
            [ "$1" != BatchMode=yes ] || batch=yes
            shift
        done
        name=${2#*@}
        shift 2
        node=$world/$name
        [ -d "$node" ] || { echo "ssh: connect to host $name port 22: No route to host" >&2; exit 255; }
        if [ -e "$node/unknown-key" ] && [ ! -e "$world/known/$name" ]; then
            [ $batch = no ] || { echo 'Host key verification failed.' >&2; exit 255; }
            touch "$world/known/$name"
        fi
        if [ -e "$node/asks-password" ] && [ ! -e "$world/known/key-$name" ] && [ $batch = yes ]; then
            echo "$name: Permission denied (publickey,password)." >&2
            exit 255
        fi
        echo "ssh $*" >>"$node/calls"
        [ ! -e "$node/hook" ] || . "$node/hook"
        mkdir -p /run/lock
        exec unshare -m sh -c 'mount --bind "$1/etc" /etc && mount --bind "$1/cache" /var/cache &&
            mount --bind "$1/lock" /run/lock && PATH=$1/bin:$PATH && export PATH && cd / && exec sh -c "$2"' sh "$node" "$*"

        """

    private static let here = "#!/bin/sh\nnode=$(dirname \"$(dirname \"$(readlink -f \"$0\")\")\")\n"
    private static let programs = [
        "dpkg-query": here + "[ -e \"$node/version\" ] || exit 1\nprintf 'installed %s' \"$(cat \"$node/version\")\"\n",
        "systemctl": here
            + "case $1 in is-active) [ -e \"$node/version\" ] && echo active || echo inactive ;; *) echo \"systemctl $*\" >>\"$node/calls\" ;; esac\n",
        "apt-get": here
            + """
            echo apt-get >>"$node/calls"
            [ ! -e "$node/apt-fails" ] || { echo 'E: Unmet dependencies.' >&2; exit 100; }
            [ -f ./nucprep.deb ] || exit 100
            dpkg-deb -f ./nucprep.deb Version >"$node/version"

            """,
        "nucprepd": here + "[ ! -e \"$node/invalid\" ] || { echo '/etc/nucprep/x.toml:1:1: wrong'; exit 78; }\n",
        "mktemp": here
            + "made=$(/usr/bin/mktemp \"$@\") || exit 1\necho \"$made\" >>\"$node/folders\"\necho \"$made\"\n",
        "id": here + "if [ -e \"$node/user\" ]; then echo 1000; else echo 0; fi\n",
        "sudo": here
            + """
            if [ "$1" = -n ]; then
                shift
                [ ! -e "$node/sudo-asks" ] || { echo 'sudo: a password is required' >&2; exit 1; }
            fi
            [ ! -e "$node/sudo-fails" ] || { echo 'me is not in the sudoers file.' >&2; exit 1; }
            exec "$@"

            """,
    ]
}
