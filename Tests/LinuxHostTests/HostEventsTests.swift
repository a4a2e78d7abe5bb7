import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@Suite("Events of files")
struct HostEventsTests {
    private let tree: ScratchTree

    init() throws { tree = try ScratchTree() }

    /// Arms for `inputs`, does `act`, and waits until one of `inputs` is heard; the time limit of the test is the deadline.
    ///
    /// - Returns: the inputs that were heard first.
    private func heard(_ inputs: Set<Input>, _ act: () throws -> Void) async throws -> Set<Input> {
        try await told(inputs, act).filter { if case .entry = $0 { false } else { true } }
    }

    /// The same with the entries of directories that events told of.
    private func told(_ inputs: Set<Input>, _ act: () throws -> Void) async throws -> Set<Input> {
        let events = try HostEvents(root: tree.path, inputs: inputs)
        #expect(events.lost == [])
        let (stream, feed) = AsyncStream.makeStream(of: Set<Input>.self)
        return try await withThrowingTaskGroup { group in
            group.addTask {
                await events.run { heard, _ in feed.yield(heard) }
            }
            defer { group.cancelAll() }
            // Armed is what init did: an event that comes before anyone waits is not lost.
            try act()
            for await inputs in stream where !inputs.isEmpty { return inputs }
            return []
        }
    }

    @Test("a file that is written in place is heard", .timeLimit(.minutes(1)))
    func inPlace() async throws {
        try tree.write("one", to: "/etc/fstab")
        #expect(
            try await heard([.path("/etc/fstab")]) { try tree.write("two", to: "/etc/fstab") } == [.path("/etc/fstab")])
    }

    @Test("a file that another is renamed over is heard, and again after that", .timeLimit(.minutes(1)))
    func renamedOver() async throws {
        try tree.write("one", to: "/etc/fstab")
        let inputs: Set<Input> = [.path("/etc/fstab")]
        #expect(try await heard(inputs) { try tree.replace("/etc/fstab", with: "two") } == inputs)
        try await heardEach(
            .path("/etc/fstab"),
            ["three", "four", "five"].map { text in { try tree.replace("/etc/fstab", with: text) } })
    }

    @Test("other names of the same folder are not heard", .timeLimit(.minutes(1)))
    func others() async throws {
        try tree.write("one", to: "/etc/fstab")
        let inputs: Set<Input> = [.path("/etc/fstab"), .path("/etc/last")]
        let first = try await heard(inputs) {
            try tree.write("x", to: "/etc/other")
            try tree.replace("/etc/another", with: "x")
            try tree.write("x", to: "/etc/last")
        }
        #expect(first == [.path("/etc/last")])
    }

    @Test("a file that is made or removed is heard", .timeLimit(.minutes(1)))
    func madeAndRemoved() async throws {
        try tree.makeFolder("/etc")
        let inputs: Set<Input> = [.path("/etc/fstab")]
        #expect(try await heard(inputs) { try tree.write("one", to: "/etc/fstab") } == inputs)
        #expect(try await heard(inputs) { tree.remove("/etc/fstab") } == inputs)
    }

    @Test("a link that is made to lead elsewhere is heard", .timeLimit(.minutes(1)))
    func link() async throws {
        try tree.write("one", to: "/etc/one")
        try tree.write("two", to: "/etc/two")
        try tree.link("/etc/fstab", to: "one")
        let inputs: Set<Input> = [.path("/etc/fstab")]
        let first = try await heard(inputs) {
            try tree.link("/etc/fstab.new", to: "two")
            try tree.move("/etc/fstab.new", to: "/etc/fstab")
        }
        #expect(first == inputs)
    }

    @Test("any name in a folder is heard", .timeLimit(.minutes(1)))
    func folder() async throws {
        try tree.write("one", to: "/etc/modprobe.d/a.conf")
        let inputs: Set<Input> = [.path("/etc/modprobe.d")]
        #expect(try await heard(inputs) { try tree.write("x", to: "/etc/modprobe.d/b.conf") } == inputs)
        #expect(try await heard(inputs) { try tree.write("x", to: "/etc/modprobe.d/a.conf") } == inputs)
        #expect(try await heard(inputs) { tree.remove("/etc/modprobe.d/a.conf") } == inputs)
    }

    @Test("which name in a folder it was is told beside the folder", .timeLimit(.minutes(1)))
    func entry() async throws {
        try tree.write("one", to: "/etc/modprobe.d/a.conf")
        let inputs: Set<Input> = [.path("/etc/modprobe.d"), .twoLevels("/etc")]
        let told = try await told(inputs) { try tree.write("x", to: "/etc/modprobe.d/a.conf") }
        #expect(told == inputs.union([.entry("/etc/modprobe.d/a.conf")]))
    }

    @Test("a name under which a file is prepared is not heard", .timeLimit(.minutes(1)))
    func temporary() async throws {
        try tree.write("one", to: "/etc/last")
        let first = try await heard([.path("/etc")]) {
            try tree.write("x", to: "/etc/.hosts.nucprep.0123456789abcdef~")
            tree.remove("/etc/.hosts.nucprep.0123456789abcdef~")
            try tree.write("x", to: "/etc/last")
        }
        #expect(first == [.path("/etc")])
        let told = try await told([.path("/etc")]) {
            try tree.write("x", to: "/etc/.hosts.nucprep.0123456789abcdef~")
            try tree.write("x", to: "/etc/last")
        }
        #expect(told == [.path("/etc"), .entry("/etc/last")])
    }

    /// Hears `input` after each of `acts`, all under one watch.
    ///
    /// A file of its own is written after each act: events keep their order, so what an act brings is heard before that.
    private func heardEach(_ input: Input, _ acts: [() throws -> Void]) async throws {
        let marks = acts.indices.map { FilePath("/mark-\($0)") }
        let events = try HostEvents(root: tree.path, inputs: Set([input] + marks.map { .path($0) }))
        let (stream, feed) = AsyncStream.makeStream(of: Set<Input>.self)
        try await withThrowingTaskGroup { group in
            group.addTask { await events.run { heard, _ in feed.yield(heard) } }
            defer { group.cancelAll() }
            var next = stream.makeAsyncIterator()
            for (index, (act, mark)) in zip(acts, marks).enumerated() {
                try act()
                try tree.write("x", to: mark)
                var heard: Set<Input> = []
                while !heard.contains(.path(mark)) { heard.formUnion(try #require(await next.next())) }
                #expect(heard.contains(input), "act \(index) is not heard")
            }
        }
    }

    @Test("a folder that is replaced is followed", .timeLimit(.minutes(1)))
    func replaced() async throws {
        try tree.write("one", to: "/etc/modprobe.d/a.conf")
        try tree.write("two", to: "/etc/new/a.conf")
        try await heardEach(
            .path("/etc/modprobe.d"),
            [
                { try tree.move("/etc/modprobe.d", to: "/etc/old") },
                { try tree.move("/etc/new", to: "/etc/modprobe.d") },
                { try tree.write("three", to: "/etc/modprobe.d/a.conf") },
            ])
    }

    @Test("a folder that is made later, and those above it, is followed", .timeLimit(.minutes(1)))
    func madeLater() async throws {
        try tree.makeFolder("/etc")
        try await heardEach(
            .path("/etc/systemd/system/swap.d"),
            [
                { try tree.makeFolder("/etc/systemd") }, { try tree.makeFolder("/etc/systemd/system") },
                { try tree.makeFolder("/etc/systemd/system/swap.d") },
                { try tree.write("x", to: "/etc/systemd/system/swap.d/a.conf") },
                { tree.remove("/etc/systemd/system/swap.d") }, { try tree.makeFolder("/etc/systemd/system/swap.d") },
                { try tree.write("x", to: "/etc/systemd/system/swap.d/b.conf") },
            ])
    }

    @Test(
        "an input of two levels hears names in the folders right below it, those made later included",
        .timeLimit(.minutes(1)))
    func twoLevels() async throws {
        try tree.makeFolder("/etc/systemd/system/swap.target.wants")
        try await heardEach(
            .twoLevels("/etc/systemd/system"),
            [
                { try tree.link("/etc/systemd/system/swap.target.wants/a.swap", to: "/x") },
                { try tree.makeFolder("/etc/systemd/system/new.target.wants") },
                { try tree.link("/etc/systemd/system/new.target.wants/a.swap", to: "/x") },
                { tree.remove("/etc/systemd/system/new.target.wants") },
                { try tree.write("x", to: "/etc/systemd/system/own.swap") },
            ])
    }

    @Test("a folder behind a link that leads out of the root is not watched", .timeLimit(.minutes(1)))
    func confined() async throws {
        let outside = try ScratchTree()
        try tree.link("/etc", to: outside.path)
        try tree.write("x", to: "/last")
        let first = try await heard([.path("/etc/fstab"), .path("/last")]) {
            try outside.write("x", to: "/fstab")
            try tree.write("y", to: "/last")
        }
        #expect(first == [.path("/last")])
    }

    @Test("the watches end with the task", .timeLimit(.minutes(1)))
    func cancelled() async throws {
        let events = try HostEvents(root: tree.path, inputs: [.path("/etc")])
        await withTaskGroup { group in
            group.addTask { await events.run { _, _ in } }
            group.cancelAll()
        }
    }
}
