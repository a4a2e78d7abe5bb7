internal import LinuxHost
internal import NodeRequirements
internal import NodeState
internal import SystemPackage
internal import Testing

@testable internal import NucprepDaemon

@Suite("Configuration loader")
struct ConfigurationLoaderTests {
    private func loader(_ root: FilePath) -> ConfigurationLoader {
        let state = StateFiles(StateFolder(root.appending(FilePath("var/lib/nucprep").components)))
        return ConfigurationLoader(ConfigurationReader(root: root, known: Catalog.ids), state: state)
    }

    private func write(_ text: String, below root: FilePath) {
        root.appending(FilePath("etc/nucprep/nucprep.toml").components).write(text)
    }

    @Test("takes the defaults where there is no file")
    func none() async throws {
        try await withStateFolder { root in
            root.appending("x").write("")
            let load = loader(root).start()
            #expect(load.isGood)
            #expect(load.configuration.mode == .enforce)
            #expect(load.digest != nil)
        }
    }

    @Test("observes with the defaults where the first file is invalid")
    func invalid() async throws {
        try await withStateFolder { root in
            write("[policy]\nmoed = 1\n", below: root)
            let load = loader(root).start()
            #expect(!load.isGood)
            #expect(load.configuration.mode == .observe)
            #expect(load.digest == nil)
            #expect(load.problems.allSatisfy { $0.hasPrefix("/etc/nucprep/nucprep.toml:2:1: ") })
        }
    }

    @Test("takes the last good copies where the files became invalid, and says why")
    func lastGood() async throws {
        try await withStateFolder { root in
            write("[cluster]\nname = \"lab-a\"\n", below: root)
            let first = loader(root).start()
            #expect(first.isGood)
            write("[cluster\n", below: root)
            let second = loader(root).start()
            #expect(!second.isGood)
            #expect(second.configuration == first.configuration)
            #expect(second.digest == first.digest)
            write("[cluster]\nname = \"lab-b\"\n", below: root)
            #expect(loader(root).start().configuration.cluster.name == "lab-b")
        }
    }

    @Test("observes where the last good copies are of no use either")
    func brokenCopies() async throws {
        try await withStateFolder { root in
            write("[cluster\n", below: root)
            root.appending(FilePath("var/lib/nucprep/last-good/000-nucprep.toml").components).write("[cluster\n")
            let load = loader(root).start()
            #expect(load.configuration.mode == .observe)
            #expect(load.digest == nil)
            #expect(!load.isGood)
        }
    }
}
