internal import NodeState
internal import Synchronization
internal import SystemPackage

/// What an answer was read from, so that an event has those looked at again that it bears on, and no others.
///
/// An answer is a function of what was read for it. What it did not read cannot have changed it, whatever else it might have
/// read: had that mattered, something that it did read would be another. Marks are hashes; two that are the same by chance
/// cost a look too many, and never one too few.
final class ReadMarks: Sendable {
    /// One thing that can be read.
    enum Mark: Hashable {
        /// A path itself: bytes, kind, mode or time.
        case path(String)
        /// Anything right below a path.
        case below(String)
        /// The names in a directory.
        case names(String)
        /// A kernel module, its name with `_`.
        case module(String)
        case unit(String)
        case hostname, addresses
    }

    private struct State {
        var marks: Set<Int> = []
        /// What values that are shared were read from.
        var parts: [ReadMarks] = []
        /// Whether something was asked that leaves no marks, such as dpkg's database or the container runtime.
        var isOpen = false
    }

    private let state = Mutex(State())

    /// Notes that `mark` was read.
    func note(_ mark: Mark) { state.withLock { state in _ = state.marks.insert(mark.hashValue) } }

    /// Notes that a path was read, and so something below its directory.
    func note(path: FilePath) {
        let text = path.string
        let parent = Self.parent(of: text)
        state.withLock { state in
            state.marks.insert(Mark.path(text).hashValue)
            state.marks.insert(Mark.below(parent).hashValue)
        }
    }

    /// Notes that a shared value was used, and with it all that it was read from.
    func note(_ part: ReadMarks) { state.withLock { $0.parts.append(part) } }

    /// Notes that something was asked that leaves no marks.
    func open() { state.withLock { $0.isOpen = true } }

    private var isOpen: Bool {
        let (isOpen, parts) = state.withLock { ($0.isOpen, $0.parts) }
        return isOpen || parts.contains(where: \.isOpen)
    }

    private func contains(_ mark: Mark) -> Bool {
        let (isHere, parts) = state.withLock { ($0.marks.contains(mark.hashValue), $0.parts) }
        return isHere || parts.contains { $0.contains(mark) }
    }

    /// Whether an event bears on the answer.
    ///
    /// - Parameters:
    ///   - heard: what the event is about; `.entry` says which name in a directory.
    ///   - inputs: what the answer is declared to rest on; `nil` where that is not declared. It decides where something was
    ///     read that leaves no marks.
    /// - Returns: whether the answer may be another one now.
    func bears(_ heard: Set<Input>, inputs: [Input]?) -> Bool {
        if heard.contains(.overflow) { return true }
        if isOpen { return inputs.map { !heard.isDisjoint(with: $0) } ?? true }
        let entries = heard.compactMap { if case .entry(let path) = $0 { path } else { nil } }
        return heard.contains { input in
            switch input {
            case .swaps: contains(.path("/proc/swaps"))
            case .sysctl(let path): contains(.path(path.string))
            case .module(let name): contains(.module(Self.normalised(name)))
            case .unit(let name): contains(.unit(name))
            case .hostname: contains(.hostname)
            case .addresses: contains(.addresses)
            case .path(let path): bears(path, depth: 1, entries, inputs?.contains(input))
            case .twoLevels(let path): bears(path, depth: 2, entries, inputs?.contains(input))
            // Only what asks the other nodes rests on them, and that leaves no marks.
            case .peers: inputs?.contains(.peers) ?? true
            case .entry, .overflow: false
            }
        }
    }

    /// Whether an event in a watched directory bears on the answer; `isInput` where it is declared whether that is one.
    private func bears(_ path: FilePath, depth: Int, _ entries: [FilePath], _ isInput: Bool?) -> Bool {
        let near = entries.filter { $0.starts(with: path) || path.starts(with: $0) }
        guard !near.isEmpty else { return isInput ?? touches(path, depth: depth) }
        return near.contains { entry in
            // The path itself, or a directory above it, came or went: everything below did.
            if path.starts(with: entry) { return isInput ?? touches(path, depth: depth) }
            let text = entry.string
            return contains(.path(text)) || contains(.below(text)) || contains(.names(Self.parent(of: text)))
        }
    }

    private func touches(_ path: FilePath, depth: Int) -> Bool {
        let text = path.string
        return depth > 1 || contains(.path(text)) || contains(.below(text)) || contains(.names(text))
    }

    /// A module's name as `/sys/module` writes it.
    static func normalised(_ module: String) -> String { String(module.map { $0 == "-" ? "_" : $0 }) }

    private static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
