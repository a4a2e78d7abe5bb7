internal import CLinux
internal import Glibc
package import NodeState
internal import Synchronization
package import SystemPackage
internal import Systemd

/// Hears that something about the inputs of the requirements happened; what it is, a look must tell.
///
/// One source for each kind of input: `/proc/swaps` and the host's name by POLLPRI, files by inotify on their directories
/// and values beneath `/proc/sys` by inotify on themselves, modules by the kernel's uevents, addresses and forwarding by
/// rtnetlink, units by systemd's signals. Everything is armed before the first event is waited for, so that a look after `init` misses nothing.
package final class HostEvents: Sendable {
    /// A watch that could not be armed, or that was lost: its inputs are looked at by the backstop alone.
    package struct LostWatch: Equatable, Sendable {
        package var name: String
        package var cause: String
    }

    /// What hears of events: the inputs that something happened to, and when.
    package typealias Hearer = @Sendable (Set<Input>, SuspendingClock.Instant) -> Void

    private let thread: EventThread
    /// What is watched of files; `nil` without inotify.
    private let watches: Mutex<FileWatches?>
    private let swaps: Source?
    private let names: Source?
    private let modules: Source?
    private let hostname: Source?
    private let routes: Source?
    private let valueSource: Source?
    private let values: ValueWatches?
    private let units: UnitNews?
    private let inputs: Set<Input>
    /// The watches that could not be armed.
    package let lost: [LostWatch]

    /// A descriptor and the watch that waits for it.
    private struct Source: Sendable {
        let file: SharedDescriptor
        let watch: EventThread.Watch
    }

    /// Arms the watches for `inputs` beneath `root`; what cannot be armed is in `lost`.
    ///
    /// The live machine's kernel is heard only when the root is `/`.
    package init(root: FilePath, inputs: Set<Input>) throws(ObservationError) {
        let files = try RootedOpen(root: root)
        var lost: [LostWatch] = []
        do throws(Errno) {
            thread = try EventThread(name: "nucprep-events")
        } catch {
            throw ObservationError(reading: "events", cause: error.description, errno: error)
        }
        let isLive = root == "/"
        let thread = thread
        func arm(_ name: String, _ interest: EventThread.Interest, _ open: () throws(Errno) -> Descriptor) -> Source? {
            do throws(Errno) {
                let file = SharedDescriptor(try open())
                return Source(file: file, watch: try thread.watch(file, for: interest).watch)
            } catch {
                lost.append(LostWatch(name: name, cause: "cannot watch \(name): \(error)"))
                return nil
            }
        }
        swaps =
            isLive && inputs.contains(.swaps)
            ? arm("/proc/swaps", .changed) { () throws(Errno) in try files.openRegular("/proc/swaps") } : nil
        // A value may come and go with its module.
        modules =
            isLive && inputs.contains(where: \.isKernels)
            ? arm("kernel modules", .readable) { () throws(Errno) in
                try Descriptor(taking: clinux_uevent_open())
            } : nil
        names = arm("files", .readable) { () throws(Errno) in
            try Descriptor(taking: clinux_inotify_create())
        }
        watches = Mutex(names.map { FileWatches(inotify: $0.file, files: files, inputs: inputs) })
        hostname =
            isLive && inputs.contains(.hostname)
            ? arm("/proc/sys/kernel/hostname", .changed) { () throws(Errno) in
                try files.openRegular("/proc/sys/kernel/hostname")
            } : nil
        routes =
            isLive && inputs.contains(where: \.isNetworks)
            ? arm("addresses", .readable) { () throws(Errno) in
                try Descriptor(taking: clinux_route_open())
            } : nil
        valueSource =
            inputs.contains(where: \.isValue)
            ? arm("values of /proc/sys", .readable) { () throws(Errno) in
                try Descriptor(taking: clinux_inotify_create())
            } : nil
        values = valueSource.map { ValueWatches(inotify: $0.file, files: files, inputs: inputs) }
        units = isLive ? UnitNews(inputs: inputs, thread: thread) : nil
        do throws(BusError) {
            try units?.arm()
        } catch {
            lost.append(LostWatch(name: "units", cause: error.description))
        }
        self.inputs = inputs
        self.lost = lost
    }

    /// Tells `hear` of events until the task is cancelled, on the thread that waits for them.
    package func run(_ hear: @escaping Hearer) async {
        listen(hear)
        await withTaskGroup { group in
            if let values { group.addTask { await Self.sample(values, hear) } }
            if let units { group.addTask { await units.run(hear) } }
            group.addTask {
                // Nothing comes of it, and it ends with the task.
                let (never, feed) = AsyncStream.makeStream(of: Never.self)
                for await _ in never {}
                feed.finish()
            }
            await group.waitForAll()
        }
        thread.stop()
    }

    /// Has each source drained where its event is noticed: another thread would only be one more to wait for.
    private func listen(_ hear: @escaping Hearer) {
        hearFiles(hear)
        hearKernel(hear)
    }

    private func hearFiles(_ hear: @escaping Hearer) {
        if let names {
            listen(to: names) { [self] at in
                let heard = watches.withLock { $0?.drain() } ?? []
                if !heard.isEmpty { hear(heard, at) }
            }
        }
        if let valueSource, let values {
            listen(to: valueSource) { at in
                let heard = values.drain()
                if !heard.isEmpty { hear(heard, at) }
            }
        }
    }

    private func hearKernel(_ hear: @escaping Hearer) {
        if let swaps {
            listen(to: swaps) { at in
                // The counter that the kernel compares moves on only when the file is read.
                _ = swaps.file.readFromStart()
                hear([.swaps], at)
            }
        }
        if let modules {
            listen(to: modules) { [values] at in
                // Every module: which ones matter can change with the configuration.
                let heard = Uevents.drain(modules.file)
                guard !heard.isEmpty else { return }
                values?.arm()
                hear(heard, at)
            }
        }
        if let hostname {
            // The kernel wakes us for every name space, and when the name stays the same.
            let known = Mutex(hostname.file.readFromStart())
            listen(to: hostname) { at in
                let now = hostname.file.readFromStart()
                let isNews = known.withLock { known in
                    defer { known = now }
                    return known != now
                }
                if isNews { hear([.hostname], at) }
            }
        }
        if let routes {
            let news = RouteNews(routes.file, inputs: inputs)
            listen(to: routes) { at in
                let heard = news.drain()
                if !heard.isEmpty { hear(heard, at) }
            }
        }
    }

    /// Has `handle` called for each event of a source, and once now: what came before is not told again.
    private func listen(to source: Source, _ handle: @escaping @Sendable (SuspendingClock.Instant) -> Void) {
        thread.hear(source.watch) { handle($0.at) }
        handle(.now)
    }
}

extension HostEvents {
    /// Reads again and again what can change without an event.
    private static func sample(_ values: ValueWatches, _ hear: Hearer) async {
        while let period = values.period {
            guard (try? await Task.sleep(for: period, tolerance: period / 5)) != nil else { return }
            values.arm()
            let changed = values.sample()
            if !changed.isEmpty { hear(changed, .now) }
        }
    }
}

extension Input {
    fileprivate var isValue: Bool { if case .sysctl = self { true } else { false } }
    /// Whether the kernel's news of its modules is about it.
    fileprivate var isKernels: Bool { if case .module = self { true } else { isValue } }
    /// Whether the kernel's news of the network is about it.
    fileprivate var isNetworks: Bool { self == .addresses || isValue }
}

extension SharedDescriptor {
    /// Reads a small file of the kernel from its start; `nil` when it cannot be read now.
    fileprivate func readFromStart() -> [UInt8]? { with { file in try? file.readFromStart() } }
}

/// The kernel's news of its modules.
enum Uevents {
    /// Reads until nothing is left.
    ///
    /// - Returns: the modules that came or went; `.overflow` when news was lost.
    /// - Source: kernel, lib/kobject_uevent.c: `ACTION@PATH`, then `KEY=VALUE`, each ended by NUL.
    static func drain(_ socket: SharedDescriptor) -> Set<Input> {
        var heard: Set<Input> = []
        var buffer = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = socket.withNumber { unsafe clinux_uevent_receive($0, &buffer, buffer.count) }
            switch Errno(rawValue: -count) {
            case _ where count >= 0: heard.formUnion(module(in: buffer[..<Int(count)]))
            case .resourceTemporarilyUnavailable: return heard
            case .messageTooLong: continue
            default: return heard.union([.overflow])
            }
        }
    }

    /// The module that one message is about; empty for any other subsystem.
    static func module(in message: ArraySlice<UInt8>) -> Set<Input> {
        guard let head = message.split(separator: 0).first, let at = head.firstIndex(of: UInt8(ascii: "@")) else {
            return []
        }
        let path = head[(at + 1)...]
        let prefix = Array("/module/".utf8)
        guard path.starts(with: prefix) else { return [] }
        let name = String(decoding: path.dropFirst(prefix.count), as: UTF8.self)
        // `/sys/module` writes names with `_` only.
        return [.module(name), .module(String(name.map { $0 == "_" ? "-" : $0 }))]
    }
}
