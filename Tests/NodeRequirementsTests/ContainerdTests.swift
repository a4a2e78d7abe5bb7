import ConfigFormats
import LinuxHost
import NodeEngine
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("containerd's requirements")
struct ContainerdTests {
    private static let path: FilePath = "/etc/containerd/config.toml"
    private static let right = """
        version = 2
        [plugins."io.containerd.grpc.v1.cri".cni]
        bin_dir = "/opt/cni/bin"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
        runtime_type = "io.containerd.runc.v2"
        options = { SystemdCgroup = true }

        """

    private func reading(
        _ texts: String..., release: ContainerdRelease = ContainerdRelease(major: 1, minor: 7),
        package: String = "containerd"
    ) throws -> ContainerdReading {
        var reading = ContainerdReading()
        reading.release = release
        reading.package = InstalledPackage(name: package, version: "\(release).1~ds1-1")
        reading.hasMainFile = !texts.isEmpty
        for (index, text) in texts.enumerated() {
            let path = index == 0 ? Self.path.string : "/etc/containerd/conf.d/\(index).toml"
            reading.files.append(try ContainerdFile(path: path, bytes: Array(text.utf8)))
        }
        return reading
    }

    private func changes(_ assessment: Assessment) -> [Change] {
        guard case .unmet(_, _, let proposals) = assessment else { return [] }
        return proposals.map(\.change)
    }

    private func reasons(_ assessment: Assessment) -> [String] {
        guard case .unmet(_, let findings, _) = assessment else { return [] }
        return findings.map(\.reason)
    }

    @Test("whoever finds the files wrong proposes one and the same edit, until the node is joined")
    func oneEdit() throws {
        let reading = try reading("version = 2\ndisabled_plugins = [\"cri\"]\n")
        let cure = reading.cure
        let service = ContainerdService(Configuration()).assess(
            .init(
                start: .starts(by: Evidence("/etc/w")), fault: reading.startFault, cure: cure),
            at: .nextBoot)
        let cgroup = ContainerdSystemdCgroup(Configuration()).assess(
            .init(reading: try self.reading("disabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n"), cure: cure),
            at: .nextBoot)
        #expect(reasons(service) == ["config-broken"])
        #expect(changes(service) == changes(cgroup) && changes(service).count == 1)
        #expect(cure.proposals.map(\.autoClass) == [.untilJoined])
        guard case .editContainerdConfig(let edit)? = changes(service).first else {
            Issue.record("no edit of containerd's file")
            return
        }
        let after = try ContainerdFile(path: "f", bytes: edit.after)
        let configuration = ContainerdConfiguration([after], for: ContainerdRelease(major: 1, minor: 7))
        #expect(configuration.disablings.isEmpty && configuration.cgroupFault == nil && configuration.startFault == nil)
    }

    @Test("a right file with an older process is not met: every reader of files is deceived")
    func olderProcess() throws {
        let requirement = ContainerdSystemdCgroup(Configuration())
        let right = try reading(Self.right)
        #expect(
            requirement.assess(.init(reading: right), at: .nextBoot)
                == .met(observed: "runc: SystemdCgroup = true, io.containerd.runc.v2"))
        #expect(reasons(requirement.assess(.init(isStale: true, reading: right), at: .now)) == ["false"])
        #expect(ContainerdSystemdCgroup.entry.prerequisites.contains("containerd-config-current"))
    }

    @Test("what the CRI says of itself counts for now, whatever the files say")
    func ownWord() throws {
        let requirement = ContainerdSystemdCgroup(Configuration())
        let files = try reading(Self.right, release: ContainerdRelease(major: 2, minor: 1))
        #expect(reasons(requirement.assess(.init(driver: .cgroupfs, reading: files), at: .now)) == ["false"])
        #expect(
            requirement.assess(.init(driver: .systemd, reading: files), at: .now)
                == .met(observed: "the CRI says systemd"))
    }

    @Test("a kubelet that is told otherwise is a mismatch, and a kubelet without a word is none")
    func mismatch() throws {
        let requirement = ContainerdSystemdCgroup(Configuration())
        let right = try reading(Self.right)
        func told(_ driver: String) -> KubeletSettings {
            KubeletSettings(
                cgroupDriver: .init(value: driver, evidence: Evidence("/etc/default/kubelet"), isFlag: true))
        }
        #expect(
            reasons(requirement.assess(.init(kubelet: told("cgroupfs"), reading: right), at: .nextBoot)) == [
                "driver-mismatch"
            ]
        )
        #expect(reasons(requirement.assess(.init(kubelet: told("systemd"), reading: right), at: .nextBoot)) == [])
    }

    @Test("a restart is asked for once the files are right, and never into files that do not start")
    func restart() throws {
        let requirement = ContainerdConfigCurrent(Configuration())
        let stale = ContainerdAge(newer: [Self.path])
        let restart = requirement.assess(.init(isRunning: true, age: stale), at: .now)
        #expect(restart.proposals == [Proposal(.restartUnit("containerd.service"), .withConsent(.restart))])
        #expect(requirement.assess(.init(isRunning: true, age: stale, isEditPending: true), at: .now).proposals == [])
        let fault = ContainerdReading.Fault(text: "x", evidence: Evidence(Self.path))
        #expect(requirement.assess(.init(isRunning: true, age: stale, fault: fault), at: .now).proposals == [])
        #expect(
            requirement.assess(.init(isRunning: true), at: .now)
                == .met(observed: "started after its files were last changed"))
    }

    @Test("a difference that is known to be elsewhere is a warning")
    func severity() {
        let requirement = ContainerdConfigCurrent(Configuration())
        let stale = ContainerdAge(newer: [Self.path])
        for (serves, severity) in [(true, Severity.warning), (false, .error)] {
            guard
                case .unmet(_, let findings, _) = requirement.assess(
                    .init(isRunning: true, age: stale, servesAsFiles: serves), at: .now)
            else {
                Issue.record("judged met")
                continue
            }
            #expect(findings.map(\.severity) == [severity])
        }
    }

    @Test("a new file has containerd look for CNI plugins where Kubernetes puts them, whoever built it")
    func newFile() throws {
        for package in ["containerd", "containerd.io"] {
            for release in [(1, 6), (1, 7), (2, 0), (2, 1), (2, 2)].map({ ContainerdRelease(major: $0, minor: $1) }) {
                guard
                    case .editContainerdConfig(let edit)? = try reading(release: release, package: package).cure
                        .proposals
                        .first?.change
                else {
                    // 2.x of Docker's is right without a file, but for the cgroups.
                    Issue.record("no file is proposed")
                    continue
                }
                let file = try ContainerdFile(path: "f", bytes: edit.after)
                #expect(ContainerdConfiguration([file], for: release, builtInCNI: []).searchesKubernetesCNI)
                #expect(edit.before == nil && edit.path == Self.path)
                #expect(String(decoding: edit.after, as: UTF8.self).hasPrefix("# Written by nucprepd"))
            }
        }
    }

    @Test("a right configuration needs no edit, even where runc is not the default and not there")
    func nothingToDo() throws {
        let text = Self.right.replacing("runc]", with: "nvidia]")
        let named = text + "[plugins.\"io.containerd.grpc.v1.cri\".containerd]\ndefault_runtime_name = \"nvidia\"\n"
        #expect(try reading(named).cure == ContainerdReading.Cure())
    }

    @Test(
        "the command line of the unit names the program and the file",
        arguments: [
            ("/usr/bin/containerd", "/usr/bin/containerd", "/etc/containerd/config.toml", false),
            ("-/opt/bin/containerd --config /etc/c.toml", "/opt/bin/containerd", "/etc/c.toml", true),
            ("@/usr/bin/containerd --config=/etc/c.toml -l debug", "/usr/bin/containerd", "/etc/c.toml", true),
            ("/usr/bin/containerd -c '/etc/c.toml'", "/usr/bin/containerd", "/etc/c.toml", true),
            ("/usr/bin/containerd --log-level debug", "/usr/bin/containerd", "/etc/containerd/config.toml", false),
            ("/usr/bin/containerd --config", "/usr/bin/containerd", "/etc/containerd/config.toml", false),
        ])
    func commandLine(_ command: String, _ program: String, _ file: String, _ isNamed: Bool) async throws {
        let host = try ScratchHost()
        try host.tree.write("[Service]\nExecStart=\(command)\n", to: "/usr/lib/systemd/system/containerd.service")
        let unit = try await ContainerdUnit.read(host.view)
        #expect(unit.program == FilePath(program))
        #expect(unit.configuration == FilePath(file))
        #expect(unit.isNamed == isNamed)
    }

    @Test("what is too large to be a configuration is unknown, and never met")
    func enormous() async throws {
        let host = FakeHost([
            "/usr/lib/systemd/system/containerd.service": .absent, "/etc/systemd/system/containerd.service": .absent,
            "/usr/local/lib/systemd/system/containerd.service": .absent, "/lib": .link("usr/lib"),
            Self.path: .unreadable("it is larger than 1048576 bytes"),
        ])
        host.set(packages: [InstalledPackage(name: "containerd", version: "1.7.24-1")])
        for requirement in [
            ContainerdCRIEnabled(Configuration()) as any Requirement, ContainerdSystemdCgroup(Configuration()),
        ] {
            let look = try #require(await Inspector([requirement]).look(at: host.view).first)
            guard case .failure = look.nextBoot else {
                Issue.record("\(look.entry.id) answers \(look.nextBoot)")
                continue
            }
        }
    }
}

extension Assessment {
    fileprivate var proposals: [Proposal]? {
        guard case .unmet(_, _, let proposals) = self else { return nil }
        return proposals
    }
}
