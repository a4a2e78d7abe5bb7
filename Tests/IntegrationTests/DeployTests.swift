internal import Glibc
internal import NodeAPI
internal import NodeTesting
internal import SystemPackage
internal import Testing

@Suite("Package and configuration from the control plane")
struct DeployTests {
    private static let configuration = """
        [cluster]
        name = "lab5"
        [[nodes]]
        name = "nuc01"
        address = "192.0.2.1"
        role = "control-plane"
        [[nodes]]
        name = "nuc02"
        address = "192.0.2.2"
        role = "worker"
        ssh = "nuc02"
        [[nodes]]
        name = "nuc03"
        address = "192.0.2.3"
        role = "worker"
        ssh = "me@nuc03"

        """

    /// A node that takes what it is given, by a script named ssh; nuc03 is switched off.
    private static let ssh = """
        #!/bin/sh
        while [ "$1" != -- ]; do shift; done
        [ "$2" = nuc02 ] || { echo "ssh: connect to host $2 port 22: No route to host" >&2; exit 255; }
        shift 2
        here=$(dirname "$0")
        case $* in
        'sh -s')
            script=$(cat)
            case $script in
            *dpkg-query*)
                printf 'Welcome!\\nnucprep-deploy version none\\nnucprep-deploy architecture %s\\n' \
                    "$(dpkg --print-architecture)"
                printf 'nucprep-deploy sudo free\\nnucprep-deploy folder %s\\nnucprep-deploy end end\\n' "$(mktemp -d)" ;;
            *) printf '%s\\n' "$script" | sh ;;
            esac ;;
        'cat > '*) cat >"$3" ;;
        'sudo -n sh '*)
            cd "$(dirname "$4")" || exit 1
            cp cluster.toml nucprep.deb "$here/"
            printf 'nucprep-deploy installed yes\\nnucprep-deploy changed yes\\nnucprep-deploy end end\\n' >result ;;
        *) exit 99 ;;
        esac

        """

    @Test("reach the node that answers, and the other one is told with what to type")
    func deploy() async throws {
        try await withFolder { folder in
            let host = try Tree.bare(at: folder.appending("host")).path
            let tree = try Tree(at: host.appending("nuc01"), named: "nuc01", fstab: "", addresses: ["192.0.2.1"])
            try tree.write(Self.configuration, to: "etc/nucprep/nucprep.toml")
            try tree.write("[local]\nnode = \"nuc01\"\n", to: "etc/nucprep/conf.d/local.toml")
            let bin = try Tree.bare(at: folder.appending("bin"))
            try bin.write(Self.ssh, to: "ssh")
            guard unsafe chmod(bin.path.appending("ssh").string, 0o755) == 0 else { throw Errno(rawValue: errno) }
            let deb = try await Self.package(in: folder)
            let environment = ["PATH": "\(bin.path):\(Program.searchPath)"]
            try await withDaemon(on: tree, in: folder) { daemon in
                let nucprep = Command(daemon.socket, folder, environment: environment)
                let words = ["deploy", "--root", tree.path.string, "--deb", deb.string]
                let ended = try await nucprep.run(words)
                #expect(ended.status == 3, "\(ended.text) \(ended.story)")
                #expect(
                    ended.text.contains(
                        "ok    nuc02  installed nucprep \(NucprepVersion.current), wrote the configuration\n"))
                #expect(ended.text.contains("FAIL  nuc03  the machine cannot be reached: "))
                #expect(ended.text.contains("      type   ping nuc03\n"))
                #expect(ended.text.contains("nucprep deploy nuc03"))
                #expect(ended.story.contains("nuc02: copying nucprep.deb"))
                // What came there is the package, and a valid configuration with the same values, without [local].
                #expect(try Tree.bytes(at: bin.path.appending("nucprep.deb")) == Tree.bytes(at: deb))
                let copy = bin.path.appending("cluster.toml").string
                let shown = try await run([try Programs.nucprepd.string, "show", copy], in: folder)
                #expect(shown.status == 0 && shown.text.contains("name = \"lab5\"") && !shown.text.contains("[local]"))
                let good = try await nucprep.run(words + ["nuc02"])
                #expect(good.status == 0 && good.text.hasSuffix("1 node done; next: nucprep report\n"))
                // None of this changes anything.
                for (more, status, told) in [
                    (["nuc09"], 64, "names no node nuc09"), (["nuc01"], 64, "nuc01 is this machine"),
                    (["--deb", "/etc/passwd"], 64, "no Debian package"),
                    (["--user", "-oProxyCommand=id"], 64, "--user"),
                ] as [([String], Int32, String)] {
                    let ended = try await nucprep.run(words + more)
                    #expect(ended.status == status && ended.story.contains(told), "\(ended.story)")
                }
                try tree.write("[policy]\nmode = \"observe\"\n", to: "etc/nucprep/conf.d/observe.toml")
                _ = try await daemon.status("the change on disk") { $0.daemon.configChangedOnDisk }
                let changed = try await nucprep.run(words)
                #expect(changed.status == 78 && changed.story.contains("sudo systemctl reload nucprepd"))
            }
        }
    }

    private static func package(in folder: FilePath) async throws -> FilePath {
        let script = """
            set -e
            cd "$1"
            mkdir -p deb/DEBIAN
            printf 'Package: nucprep\\nVersion: %s\\nArchitecture: %s\\nMaintainer: a\\nDescription: b\\n' \
                "$2" "$(dpkg --print-architecture)" >deb/DEBIAN/control
            dpkg-deb -b deb nucprep.deb >/dev/null
            """
        let ended = try await run(["sh", "-c", script, "sh", folder.string, NucprepVersion.current], in: folder)
        guard ended.status == 0 else { throw NothingCame(what: "a package: \(ended.story)") }
        return folder.appending("nucprep.deb")
    }

    @Test("is kept from dpkg's own words while the package is installed, and nothing else is")
    func kept() async throws {
        try await withFolder { folder in
            let preinst = (0..<3).reduce(FilePath(#filePath)) { path, _ in path.removingLastComponent() }
                .appending("debian/nucprep.preinst")
            // A dpkg of its own, beneath a root of its own, with the real package's script.
            let script = """
                set -e
                cd "$1"
                mkdir -p deb/DEBIAN root/var/lib/dpkg/updates root/var/lib/dpkg/info cache links
                : >root/var/lib/dpkg/status
                printf 'Package: nucprep\\nVersion: 7.1\\nArchitecture: all\\nMaintainer: a\\nDescription: b\\n' \
                    >deb/DEBIAN/control
                grep -v '#DEBHELPER#' "$2" >deb/DEBIAN/preinst
                chmod 0755 deb/DEBIAN/preinst
                dpkg-deb -b deb some-name.deb >/dev/null
                install() {
                    unshare -m sh -c 'mount --bind cache /var/cache && shift && exec "$@"' sh x \
                        dpkg --root="$PWD/root" --force-script-chrootless --force-not-root -i "$@" >/dev/null 2>&1 || true
                }
                install ./some-name.deb
                cmp some-name.deb cache/nucprep/nucprep_7.1_all.deb
                # As apt does: a folder of links.
                rm cache/nucprep/*.deb
                ln -s "$PWD/some-name.deb" links/000-nucprep_7.1_all.deb
                install --recursive links
                cmp some-name.deb cache/nucprep/nucprep_7.1_all.deb
                # Another version takes its place; another package is never kept.
                sed -i 's/^Version:.*/Version: 7.2/' deb/DEBIAN/control
                dpkg-deb -b deb next.deb >/dev/null
                install next.deb
                ls cache/nucprep
                sed -i 's/^Package:.*/Package: other/' deb/DEBIAN/control
                dpkg-deb -b deb other.deb >/dev/null
                install other.deb
                ls cache/nucprep
                """
            let ended = try await run(["sh", "-c", script, "sh", folder.string, preinst.string], in: folder)
            #expect(ended.status == 0, "\(ended.story)")
            #expect(ended.text == "nucprep_7.2_all.deb\nnucprep_7.2_all.deb\n")
        }
    }
}
