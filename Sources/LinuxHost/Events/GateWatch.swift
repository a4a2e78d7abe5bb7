internal import CLinux
internal import Glibc
package import NodeEngine
internal import NodeState
internal import Synchronization
package import SystemPackage

/// Hears of what decides about acting: that kubeadm is started, and that files of a cluster come or go.
///
/// Nobody waits for these events. The kernel queues one before the call returns that caused it, and whoever is about to act
/// asks whether there is any: that is one system call, where a judgement reads all of `/proc`.
///
/// Why a quiet answer cannot be stale. A process runs kubeadm only by execve(2), which opens the program first: an event.
/// Other names and files of it come by a change in the directories of ``KubeadmLook/folders``, by a change of the file
/// itself, or by a mount: each an event too. From the opening to the moment at which the process goes by kubeadm's name a
/// look at the processes does not see it, and nothing tells of that moment: so for a minute after each opening, and after
/// the watches were made, the answer is that it is not quiet, and the processes are looked at before each act. An execve
/// that the disk holds up for longer has run no instruction of kubeadm; what kubeadm then writes below `/etc/kubernetes` is
/// an event again. Membership rests on names in the watched directories alone.
///
/// - Source: inotify(7); kernel, fs/exec.c, do_open_execat(), begin_new_exec(); fs/proc_namespace.c, mounts_poll().
package final class GateWatch: GateWatching {
    private struct State: ~Copyable {
        var watches: Watches?
        var number = 0
        /// Until when a kubeadm may be on its way, by the clock that stands still during sleep; `nil` when none is.
        var doubtedUntil: SuspendingClock.Instant?
    }

    private let files: RootedOpen
    private let patience: Duration
    private let state = Mutex(State())

    /// The watch on the machine whose files these are; an execve takes no longer than `patience`.
    init(files: RootedOpen, patience: Duration = .seconds(60)) {
        self.files = files
        self.patience = patience
    }

    /// The watch beneath `root`: for the running machine; no other root has processes.
    package static func on(_ root: FilePath) -> any GateWatching {
        guard root == "/", let files = try? RootedOpen(root: root) else { return NoGate() }
        return GateWatch(files: files)
    }

    package func begin() -> Int? {
        state.withLock { state in
            state.number += 1
            if let news = state.watches?.news(), news == .none { return state.number }
            let isStart = state.watches?.isAboutMembership != true
            state.watches = try? Watches(files)
            guard state.watches != nil else { return nil }
            if isStart { state.doubtedUntil = .now + patience }
            return state.number
        }
    }

    package func isQuiet(since number: Int) -> Bool {
        state.withLock { state in
            guard number == state.number, let news = state.watches?.news(), news == .none else { return false }
            guard let doubtedUntil = state.doubtedUntil else { return true }
            guard SuspendingClock.now >= doubtedUntil else { return false }
            state.doubtedUntil = nil
            return true
        }
    }
}

/// What was heard since watches were made.
private enum GateNews { case none, membership, program }

/// The watches themselves; once they have heard of something they are made anew.
private final class Watches: Sendable {
    /// What a watch is about: a name in a directory, or the thing itself.
    private struct Interest {
        /// The name; `nil` hears of all.
        var name: String?
        var news: GateNews
    }

    private let inotify: SharedDescriptor
    private let mounts: SharedDescriptor
    private let epoll: SharedDescriptor
    private let interests: [Int32: [Interest]]
    private let heard = Mutex(GateNews.none)

    private static let mountToken: UInt64 = 1

    private static let cluster: [FilePath] = [
        "/etc/kubernetes", "/etc/kubernetes/manifests", "/etc/kubernetes/pki", "/var/lib/kubelet",
        "/var/lib/kubelet/pki", "/var/lib/etcd",
    ]

    init(_ files: RootedOpen) throws(Errno) {
        let inotify = SharedDescriptor(try Descriptor(taking: clinux_inotify_create()))
        let mounts = SharedDescriptor(
            Descriptor(
                try Errno.calling { () throws in
                    let path: FilePath = "/proc/self/mountinfo"
                    return try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
                }))
        let epoll = SharedDescriptor(try Descriptor(taking: clinux_epoll_create()))
        var interests: [Int32: [Interest]] = [:]
        func watch(_ path: FilePath, _ interest: Interest) throws(Errno) -> Bool {
            guard let folder = try Self.open(path, files) else { return false }
            let watch = inotify.withNumber { instance in
                folder.withNumber { clinux_inotify_watch(instance, $0) }
            }
            interests[try Errno.check(watch), default: []].append(interest)
            return true
        }
        for path in Self.cluster {
            _ = try watch(path, Interest(name: nil, news: .membership))
            // It may come, and be another one: by its name in the nearest directory that is there.
            var child = path
            while let name = child.lastComponent?.string {
                let parent = child.removingLastComponent()
                if try watch(parent, Interest(name: name, news: .membership)) { break }
                child = parent
            }
        }
        var programs: [SharedDescriptor] = []
        for folder in KubeadmLook.folders.map({ FilePath($0) }) {
            _ = try watch(folder, Interest(name: "kubeadm", news: .program))
            if let program = try Self.open(folder.appending("kubeadm"), files) { programs.append(program) }
        }
        // All of them are open by now: to some kernels opening a path alone is an event, and one file may have two names.
        for program in programs {
            let watch = inotify.withNumber { instance in
                program.withNumber { clinux_inotify_watch_opens(instance, $0) }
            }
            interests[try Errno.check(watch), default: []].append(Interest(name: nil, news: .program))
        }
        for (token, file, interest) in [
            (0, inotify, CLINUX_READABLE), (Self.mountToken, mounts, CLINUX_PRIORITY | CLINUX_ERROR),
        ] {
            let result = epoll.withNumber { epoll in
                file.withNumber { clinux_epoll_add(epoll, $0, interest, token) }
            }
            _ = try Errno.check(result)
        }
        self.inotify = inotify
        self.mounts = mounts
        self.epoll = epoll
        self.interests = interests
    }

    /// What is at a path, not opened to be read; `nil` when nothing is.
    private static func open(_ path: FilePath, _ files: RootedOpen) throws(Errno) -> SharedDescriptor? {
        do throws(Errno) {
            return SharedDescriptor(try files.openPath(path))
        } catch {
            guard error == .noSuchFileOrDirectory || error == .notDirectory else { throw error }
            return nil
        }
    }

    /// Whether what was heard is about a cluster alone.
    var isAboutMembership: Bool { heard.withLock { $0 == .membership } }

    /// What was heard so far.
    func news() -> GateNews {
        heard.withLock { heard in
            if heard != .program, let new = take(), new != .none { heard = new }
            return heard
        }
    }

    /// What is there to be heard; a mount may have changed everything.
    private func take() -> GateNews? {
        var tokens: [UInt64] = [0, 0]
        var readiness: [UInt32] = [0, 0]
        let count = epoll.withNumber { unsafe clinux_epoll_wait($0, &tokens, &readiness, 2, 0) }
        guard count != 0 else { return nil }
        guard count > 0, !tokens[..<Int(count)].contains(Self.mountToken) else { return .program }
        guard let buffer = inotify.with({ file in try? file.read(upTo: 16_384) }) else { return .program }
        var news = GateNews.none
        var offset = 0
        var event = unsafe clinux_name_event()
        while true {
            let result = unsafe clinux_inotify_next(buffer, buffer.count, &offset, &event)
            guard result != 0 else { return news }
            guard result > 0, unsafe event.overflow == 0 else { return .program }
            let name = unsafe event.name.map { unsafe String(cString: $0) }
            let isGone = unsafe event.gone != 0
            for interest in unsafe interests[event.watch] ?? []
            where isGone || interest.name == nil || interest.name == name {
                if interest.news == .program { return .program }
                news = .membership
            }
        }
    }
}
