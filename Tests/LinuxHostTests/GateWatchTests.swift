import Glibc
import SystemPackage
import Testing

@testable import LinuxHost

/// The watch on a tree of its own; programs in it really run.
@Suite("Gate of acts")
struct GateWatchTests {
    private let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
        for path in [
            "/usr", "/usr/bin", "/usr/sbin", "/etc", "/etc/kubernetes", "/etc/kubernetes/manifests", "/var", "/var/lib",
            "/var/lib/kubelet",
        ] {
            try folder.makeFolder(FilePath(path))
        }
        // As Debian merges them: one file, two names.
        try folder.link("/bin", to: "usr/bin")
    }

    private func watch(patience: Duration = .zero) throws -> GateWatch {
        GateWatch(files: try RootedOpen(root: folder.path), patience: patience)
    }

    /// Puts a program there that ends at once, under the name of kubeadm.
    private func install(_ path: FilePath = "/usr/bin/kubeadm") throws {
        let bytes = try #require(try RootedOpen(root: "/").bytes(at: "/bin/true", limit: 1 << 22))
        let file = try FileDescriptor.open(
            FilePath(folder.real(path)), .writeOnly, options: [.create, .truncate],
            permissions: [.ownerReadWrite, .ownerExecute])
        try file.closeAfter { _ = try file.writeAll(bytes) }
    }

    /// Runs a program; returns once it has ended.
    private func run(_ path: FilePath) {
        var pid = pid_t()
        let program = folder.real(path)
        var words: [UnsafeMutablePointer<CChar>?] = unsafe [strdup(program), nil]
        let result = unsafe posix_spawn(&pid, program, nil, nil, &words, environ)
        #expect(result == 0)
        var status: Int32 = 0
        _ = unsafe waitpid(pid, &status, 0)
        unsafe free(words[0])
    }

    @Test("is quiet while nothing happens, and what others do is nothing")
    func quiet() throws {
        try install()
        let watch = try watch()
        let number = try #require(watch.begin())
        #expect(watch.isQuiet(since: number))
        try folder.write("x", to: "/usr/bin/other")
        try folder.write("x", to: "/etc/hosts")
        #expect(watch.isQuiet(since: number))
        #expect(watch.begin() == number + 1)
        #expect(!watch.isQuiet(since: number), "an older number is another judgement")
    }

    @Test("hears of kubeadm that is started, at once, and until the watch is begun anew")
    func started() throws {
        try install()
        let watch = try watch()
        let number = try #require(watch.begin())
        #expect(watch.isQuiet(since: number))
        run("/usr/bin/kubeadm")
        #expect(!watch.isQuiet(since: number))
        #expect(!watch.isQuiet(since: number), "it stays so")
        let next = try #require(watch.begin())
        #expect(watch.isQuiet(since: next))
    }

    @Test("after a start, as after the beginning, it is not quiet for as long as an execve may take")
    func patience() throws {
        try install()
        let watch = try watch(patience: .seconds(3600))
        let number = try #require(watch.begin())
        #expect(!watch.isQuiet(since: number))
        #expect(!watch.isQuiet(since: try #require(watch.begin())))
    }

    @Test(
        "hears of a kubeadm that comes, goes or is replaced",
        arguments: ["made", "renamed over", "moved away", "linked"])
    func replaced(_ way: String) throws {
        if way != "made" { try install() }
        try install("/usr/bin/other")
        let watch = try watch()
        let number = try #require(watch.begin())
        let (one, other) = (folder.real("/usr/bin/kubeadm"), folder.real("/usr/bin/other"))
        switch way {
        case "made": try install()
        case "renamed over": #expect(unsafe rename(other, one) == 0)
        case "moved away": #expect(unsafe rename(one, folder.real("/etc/elsewhere")) == 0)
        default: #expect(unsafe link(one, folder.real("/usr/sbin/kubeadm")) == 0)
        }
        #expect(!watch.isQuiet(since: number))
    }

    @Test(
        "hears of what a cluster leaves",
        arguments: [
            "/etc/kubernetes/kubelet.conf", "/etc/kubernetes/manifests/etcd.yaml", "/var/lib/kubelet/config.yaml",
        ] as [FilePath])
    func cluster(_ path: FilePath) throws {
        let watch = try watch()
        let number = try #require(watch.begin())
        #expect(watch.isQuiet(since: number))
        try folder.write("x", to: path)
        #expect(!watch.isQuiet(since: number))
        let next = try #require(watch.begin())
        #expect(watch.isQuiet(since: next))
        try folder.remove(path)
        #expect(!watch.isQuiet(since: next))
    }

    @Test("hears of folders of a cluster that were not there, one in the other")
    func folders() throws {
        let watch = try watch()
        var number = try #require(watch.begin())
        for path in ["/var/lib/etcd", "/var/lib/etcd/member", "/etc/kubernetes/pki", "/etc/kubernetes/pki/etcd"] {
            try folder.makeFolder(FilePath(path))
            #expect(!watch.isQuiet(since: number), "\(path)")
            number = try #require(watch.begin())
            #expect(watch.isQuiet(since: number))
        }
    }
}
