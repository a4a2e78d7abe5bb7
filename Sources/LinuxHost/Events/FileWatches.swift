internal import CLinux
internal import NodeState
internal import SystemPackage

/// Which directories are watched for which inputs, and what their events mean.
///
/// A path that is a directory is watched for every name in it; any path is watched by name in the directory that holds
/// it, or in the nearest one that is there. When that name changes, the watches of the inputs that it is about are made
/// anew: so a directory that is replaced, removed or made later is followed. An input of two levels has such a watch for
/// each directory right below it too, made anew with every change of their names.
///
/// - Source: inotify(7).
struct FileWatches: Sendable {
    private struct Interest: Hashable {
        /// The name to hear of; `nil` hears of all.
        var name: String?
        var input: Input
        /// Whether what is watched may be another after the event.
        var renews: Bool
        /// The directory by the path that the input leads through.
        var folder: FilePath
    }

    private let inotify: SharedDescriptor
    private let files: RootedOpen
    private let inputs: [Input]
    private var interests: [Int32: Set<Interest>] = [:]
    private var watches: [Input: Set<Int32>] = [:]

    /// Watches for `inputs` from now on.
    init(inotify: SharedDescriptor, files: RootedOpen, inputs: Set<Input>) {
        self.inotify = inotify
        self.files = files
        self.inputs = Array(inputs)
        arm(self.inputs)
    }

    /// Makes the watches for some inputs anew; directories that are watched already stay so.
    private mutating func arm(_ inputs: some Sequence<Input>) {
        var former: Set<Int32> = []
        for input in inputs {
            for watch in watches.removeValue(forKey: input) ?? [] {
                interests[watch] = interests[watch]?.filter { $0.input != input }
                former.insert(watch)
            }
        }
        for input in inputs {
            switch input {
            case .path(let path): arm(path, for: input)
            case .twoLevels(let path):
                arm(path, for: input)
                for name in (try? files.names(in: path)) ?? [] {
                    let folder = path.appending(name)
                    guard (try? files.kind(of: folder)) == .directory else { continue }
                    if let watch = watch(folder) {
                        add(Interest(input: input, renews: false, folder: folder), to: watch)
                    }
                }
            case .swaps, .addresses, .module, .hostname, .unit, .sysctl, .peers, .entry, .overflow: break
            }
        }
        for watch in former where interests[watch]?.isEmpty ?? true {
            interests[watch] = nil
            _ = inotify.withNumber { clinux_inotify_unwatch($0, watch) }
        }
    }

    /// Watches one path; what cannot be opened is left to the backstop.
    private mutating func arm(_ path: FilePath, for input: Input) {
        // `/proc` has no such events, and its files that matter do not change.
        guard !path.starts(with: "/proc") else { return }
        if let watch = watch(path) {
            add(Interest(input: input, renews: input == .twoLevels(path), folder: path), to: watch)
        }
        var child = path
        while let name = child.lastComponent?.string, child != "/" {
            let parent = child.removingLastComponent()
            if let watch = watch(parent) {
                add(Interest(name: name, input: input, renews: true, folder: parent), to: watch)
                return
            }
            child = parent
        }
    }

    private mutating func add(_ interest: Interest, to watch: Int32) {
        interests[watch, default: []].insert(interest)
        watches[interest.input, default: []].insert(watch)
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
    /// - Returns: the inputs that something happened to, and with each the entry of which the event told; `.overflow` when
    ///   events were lost.
    mutating func drain() -> Set<Input> {
        var heard: Set<Input> = []
        var renewed: Set<Input> = []
        while let buffer = inotify.nextEvents() {
            var offset = 0
            var event = unsafe clinux_name_event()
            while unsafe clinux_inotify_next(buffer, buffer.count, &offset, &event) > 0 {
                let name = unsafe event.name.map { unsafe String(cString: $0) }
                if unsafe event.overflow != 0 { heard.insert(.overflow) }
                // Nothing rests on what stands beside a file while it is replaced; a change of the file has its own event.
                if let name, AtomicFile.original(ofTemporary: name) != nil { continue }
                let isGone = unsafe event.gone != 0
                for interest in unsafe interests[event.watch] ?? []
                where isGone || interest.name == nil || interest.name == name {
                    heard.insert(interest.input)
                    // What is about the directory itself is about everything in it.
                    heard.insert(.entry(name.map { interest.folder.appending($0) } ?? interest.folder))
                    if isGone || interest.renews { renewed.insert(interest.input) }
                }
            }
        }
        if heard.contains(.overflow) {
            arm(inputs)
        } else if !renewed.isEmpty {
            arm(renewed)
        }
        return heard
    }
}
