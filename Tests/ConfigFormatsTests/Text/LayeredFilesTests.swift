internal import ConfigFormats
internal import Testing

@Suite("Layered files")
struct LayeredFilesTests {
    private func file(_ directory: String, _ name: String) -> LayeredFiles.File {
        LayeredFiles.File(directory: directory, name: name)
    }

    @Test("the first folder with a name wins, and what is left goes by name bytewise")
    func order() {
        let layered = LayeredFiles([
            .init(directory: "/etc", names: ["k8s.conf", "99-a.conf", "B.conf"]),
            .init(directory: "/run", names: ["50-b.conf"]),
            .init(directory: "/usr/lib", names: ["50-b.conf", "99-a.conf", "\u{E9}.conf", "a.conf"]),
        ])
        #expect(
            layered.files == [
                file("/run", "50-b.conf"), file("/etc", "99-a.conf"), file("/etc", "B.conf"),
                file("/usr/lib", "a.conf"),
                file("/etc", "k8s.conf"), file("/usr/lib", "\u{E9}.conf"),
            ])
        #expect(layered.shadows.map(\.file) == [file("/usr/lib", "50-b.conf"), file("/usr/lib", "99-a.conf")])
        #expect(layered.shadows.map(\.hiddenBy) == [file("/run", "50-b.conf"), file("/etc", "99-a.conf")])
    }

    @Test("a mask hides what comes later and counts for nothing itself")
    func masks() {
        let layered = LayeredFiles([
            .init(directory: "/etc", names: ["a.conf", "b.conf"], masks: ["a.conf"]),
            .init(directory: "/usr/lib", names: ["a.conf", "b.conf"], masks: ["b.conf"]),
        ])
        #expect(layered.files == [file("/etc", "b.conf")])
        #expect(layered.masks == [file("/etc", "a.conf")])
        #expect(layered.shadows.count == 2)
    }

    @Test("other endings, hidden names and the bare ending do not count")
    func names() {
        let layered = LayeredFiles([
            .init(directory: "/etc", names: ["a.conf~", ".b.conf", ".conf", "README", "c.conf"])
        ])
        #expect(layered.files == [file("/etc", "c.conf")])
    }

    @Test("names that only look alike are two files")
    func bytes() {
        let layered = LayeredFiles([
            .init(directory: "/etc", names: ["\u{E9}.conf"], masks: ["e\u{301}.conf"]),
            .init(directory: "/usr/lib", names: ["e\u{301}.conf"]),
        ])
        #expect(layered.files == [file("/usr/lib", "e\u{301}.conf"), file("/etc", "\u{E9}.conf")])
        #expect(layered.shadows.isEmpty)
    }
}
