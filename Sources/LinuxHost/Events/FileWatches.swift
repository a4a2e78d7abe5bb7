internal import CLinux
internal import NodeState
internal import SystemPackage

/// Which directories are watched for which inputs, and what their events mean.
///
/// A path that is a directory is watched for every name in it; any path is watched by name in the directory that holds
/// it, or in the nearest one that is there. When that name changes, the watch is made anew: so a directory that is
/// replaced, removed or made later is followed. An input of two levels has such a watch for each directory right below
/// it too, made anew with every change of their names.
///
/// - Source: inotify(7).
struct FileWatches: Sendable {
    private struct Interest: Hashable {
        /// The name to hear of; `nil` hears of all.
        var name: String?
        var input: Input
        /// Whether what is watched may be another after the event.
        var renews: Bool
    }

    private let inotify: SharedDescriptor
    private let files: RootedOpen
    private let inputs: [Input]
    private var interests: [Int32: Set<Interest>] = [:]

    /// Watches for `inputs` from now on.
    init(inotify: SharedDescriptor, files: RootedOpen, inputs: Set<Input>) {
        self.inotify = inotify
        self.files = files
        self.inputs = Array(inputs)
        arm()
    }

    /// Makes the watches for all paths; those that are there already stay as they are.
    private mutating func arm() {
        var found: [Int32: Set<Interest>] = [:]
        for input in inputs {
            switch input {
            case .path(let path): arm(path, for: input, &found)
            case .twoLevels(let path):
                arm(path, for: input, &found)
                for name in (try? files.names(in: path)) ?? []
                where (try? files.kind(of: path.appending(name))) == .directory {
                    let watch = watch(path.appending(name))
                    if let watch { found[watch, default: []].insert(Interest(input: input, renews: false)) }
                }
            case .swaps, .addresses, .module, .hostname, .unit, .sysctl, .peers, .overflow: break
            }
        }
        for watch in interests.keys where found[watch] == nil {
            _ = inotify.withNumber { clinux_inotify_unwatch($0, watch) }
        }
        interests = found
    }

    /// Watches one path; what cannot be opened is left to the backstop.
    private func arm(_ path: FilePath, for input: Input, _ found: inout [Int32: Set<Interest>]) {
        // `/proc` has no such events, and its files that matter do not change.
        guard !path.starts(with: "/proc") else { return }
        if let watch = watch(path) {
            found[watch, default: []].insert(Interest(input: input, renews: input == .twoLevels(path)))
        }
        var child = path
        while let name = child.lastComponent?.string, child != "/" {
            let parent = child.removingLastComponent()
            if let watch = watch(parent) {
                found[watch, default: []].insert(Interest(name: name, input: input, renews: true))
                return
            }
            child = parent
        }
    }

    private func watch(_ folder: FilePath) -> Int32? {
        guard let directory = (try? files.directory(at: folder)) ?? nil else { return nil }
        let watch = inotify.withNumber { instance in
            directory.withNumber { clinux_inotify_watch(instance, $0) }
        }
        return watch >= 0 ? watch : nil
    }

    /// Reads until nothing is left.
    ///
    /// - Returns: the inputs that something happened to; `.overflow` when events were lost.
    mutating func drain() -> Set<Input> {
        var heard: Set<Input> = []
        var mustArm = false
        while let buffer = inotify.nextEvents() {
            var offset = 0
            var event = unsafe clinux_name_event()
            while unsafe clinux_inotify_next(buffer, buffer.count, &offset, &event) > 0 {
                let name = unsafe event.name.map { unsafe String(cString: $0) }
                if unsafe event.overflow != 0 { heard.insert(.overflow) }
                let concerned = unsafe interests[event.watch] ?? []
                let isGone = unsafe event.gone != 0
                for interest in concerned where isGone || interest.name == nil || interest.name == name {
                    heard.insert(interest.input)
                    mustArm = mustArm || isGone || interest.renews
                }
            }
        }
        if mustArm || heard.contains(.overflow) { arm() }
        return heard
    }
}
