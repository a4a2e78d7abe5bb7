internal import CLinux
internal import Glibc
internal import NodeState
internal import Synchronization
internal import SystemPackage

/// Watches values beneath `/proc/sys`: by inotify, whose watches live only as long as somebody has the file open, and by
/// reading those that may be written through another procfs now and then.
///
/// - Source: inotify(7).
final class ValueWatches: Sendable {
    private struct State {
        /// The open files that keep the watches alive.
        var pins: [FilePath: SharedDescriptor] = [:]
        var watches: [Int32: FilePath] = [:]
        var values: [FilePath: [UInt8]?] = [:]
    }

    private let inotify: SharedDescriptor
    private let files: RootedOpen
    private let paths: [FilePath]
    private let state = Mutex(State())

    /// A file that is there when the node belongs to a cluster: then pods can write, too.
    private static let joined: FilePath = "/etc/kubernetes/kubelet.conf"
    /// The values that no kernel event is about.
    private static let sampled: FilePath = "/proc/sys/net/bridge"

    /// Watches the values among `inputs` from now on.
    init(inotify: SharedDescriptor, files: RootedOpen, inputs: Set<Input>) {
        self.inotify = inotify
        self.files = files
        paths = inputs.compactMap { if case .sysctl(let path) = $0 { path } else { nil } }
        arm()
        _ = sample()
    }

    /// Makes the watches that are missing, or that watch a file which has gone: files come and go with their module, and the
    /// kernel does not say so of one that is kept open.
    func arm() {
        state.withLock { state in
            for path in paths {
                guard let file = try? files.openPath(path) else { continue }
                // The same file has the same watch.
                let watch = inotify.withNumber { instance in
                    file.withNumber { clinux_inotify_watch_file(instance, $0) }
                }
                guard watch >= 0, state.watches[watch] != path else { continue }
                for former in state.watches where former.value == path {
                    state.watches[former.key] = nil
                    _ = inotify.withNumber { clinux_inotify_unwatch($0, former.key) }
                }
                state.pins[path] = SharedDescriptor(file)
                state.watches[watch] = path
            }
        }
    }

    /// Reads the events until nothing is left; the inputs that were written.
    func drain() -> Set<Input> {
        var heard: Set<Input> = []
        while let buffer = inotify.nextEvents() {
            var offset = 0
            var event = unsafe clinux_name_event()
            while unsafe clinux_inotify_next(buffer, buffer.count, &offset, &event) > 0 {
                let (watch, isLost, isGone) = unsafe (event.watch, event.overflow != 0, event.gone != 0)
                if isLost { heard.insert(.overflow) }
                state.withLock { state in
                    guard let path = state.watches[watch] else { return }
                    heard.insert(.sysctl(path))
                    guard isGone else { return }
                    state.watches[watch] = nil
                    state.pins[path] = nil
                }
            }
        }
        return heard
    }

    /// The inputs that have another value than when they were last read here.
    func sample() -> Set<Input> {
        let watched = paths.filter { $0.starts(with: Self.sampled) }
        var changed: Set<Input> = []
        for path in watched {
            let value = (try? files.bytes(at: path, limit: 4096)) ?? nil
            let isNews = state.withLock { state in
                defer { state.values[path] = .some(value) }
                return state.values[path].map { $0 != value } ?? false
            }
            if isNews { changed.insert(.sysctl(path)) }
        }
        return changed
    }

    /// How long until the values are to be read again; `nil` when none has to be.
    var period: Duration? {
        guard paths.contains(where: { $0.starts(with: Self.sampled) }) else { return nil }
        let isJoined = ((try? files.kind(of: Self.joined)) ?? nil) != nil
        return .seconds(isJoined ? 5 : 30)
    }
}

extension SharedDescriptor {
    /// The next events of an inotify instance; `nil` when there are none now.
    func nextEvents() -> [UInt8]? {
        let events = with { file in try? file.read(upTo: 16_384) }
        return events.flatMap { $0.isEmpty ? nil : $0 }
    }
}
