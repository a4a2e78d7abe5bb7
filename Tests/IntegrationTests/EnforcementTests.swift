internal import NodeAPI
internal import NodeTesting
internal import SystemPackage
internal import Testing

@Suite("The daemon on a node")
struct EnforcementTests {
    private static let fstab = """
        # /etc/fstab: the first line\u{20}\u{20}
        UUID=6b1c0f0e-2f0f-4a43-9c55-0d9a3b3a7f10 /\text4\terrors=remount-ro 0 1
        /swap.img   none\tswap sw 0 0   # ours

        \t# \u{e9}t\u{e9}
        """
    private static let swap = "/swap.img   none\tswap sw 0 0   # ours"

    @Test("puts a node right before it says ready, and keeps every byte that is not its business")
    func firstPass() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: Self.fstab)
            try tree.write("loop\n", to: "etc/modules-load.d/site.conf")
            try await withDaemon(on: tree, in: folder) { daemon in
                let status = try await daemon.status()
                #expect(status.readiness.verdict == "go")
                #expect(status.daemon.state == "running")
                #expect(
                    status.requirements.allSatisfy { requirement in
                        ["met", "not_applicable"].contains(requirement.verdict)
                            || requirement.findings.allSatisfy { $0.severity == "info" }
                    })
                #expect(status.node.name == "node")
                #expect(status.node.lifecycle == "prepared")
                let before = Self.fstab.split(separator: "\n", omittingEmptySubsequences: false)
                let after = try tree.text(of: "etc/fstab").split(separator: "\n", omittingEmptySubsequences: false)
                #expect(after.filter { before.contains($0) } == before.filter { $0 != Self.swap })
                let line = try #require(after.first { $0.hasSuffix(Self.swap) })
                #expect(line.hasPrefix("#"))
                #expect(after.filter { !before.contains($0) }.allSatisfy { $0.hasPrefix("#") })
                let modules = try tree.text(of: "etc/modules-load.d/nucprep.conf").split(separator: "\n")
                #expect(modules.filter { !$0.hasPrefix("#") } == ["br_netfilter", "overlay"])
                #expect(try tree.text(of: "etc/modules-load.d/site.conf") == "loop\n")
            }
        }
    }

    @Test("puts right at once what somebody else writes later, told by the event")
    func drift() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "/dev/sda1 / ext4 defaults 0 1\n")
            try await withDaemon(on: tree, in: folder) { daemon in
                #expect(try await daemon.status().readiness.verdict == "go")
                try tree.append("/dev/sdb1 none swap sw 0 0\n", to: "etc/fstab")
                let status = try await daemon.status("the repair of fstab") { status in
                    status.requirements.contains { $0.id == "swap-off" && $0.drifts == 1 && $0.verdict == "met" }
                }
                let swap = try #require(status.requirements.first { $0.id == "swap-off" })
                #expect(swap.detectedBy == "event")
                let text = try tree.text(of: "etc/fstab")
                #expect(text.hasPrefix("/dev/sda1 / ext4 defaults 0 1\n"))
                #expect(!text.split(separator: "\n").contains { $0.hasPrefix("/dev/sdb1") })
                print("event to verdict: \(swap.latencyUs.map { "\($0) us" } ?? "none")")
            }
        }
    }

    @Test("writes its own file again when somebody removes it")
    func removal() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try await withDaemon(on: tree, in: folder) { daemon in
                let before = try await daemon.status()
                try await remove("etc/modules-load.d/nucprep.conf", of: tree, in: folder)
                let after = try await daemon.status("the repair") { status in
                    status.requirements.contains { $0.id == "kernel-modules" && $0.drifts == 1 && $0.verdict == "met" }
                }
                #expect(after.generation > before.generation)
                #expect(try tree.text(of: "etc/modules-load.d/nucprep.conf").contains("\noverlay\n"))
            }
        }
    }

    private func remove(_ name: String, of tree: Tree, in folder: FilePath) async throws {
        let path = tree.path.appending(FilePath(name).components)
        #expect(try await run(["rm", path.string], in: folder).status == 0)
    }

    @Test("slows down when somebody undoes every repair, says so, and is quiet when nobody does any more")
    func contested() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try await withDaemon(on: tree, in: folder) { daemon in
                var status = try await daemon.status()
                for count in 1...6 {
                    try tree.append("/dev/sdb\(count) none swap sw 0 0\n", to: "etc/fstab")
                    status = try await daemon.status("repair \(count)") { status in
                        status.requirements.contains {
                            $0.id == "swap-off" && $0.drifts == count && $0.verdict == "met"
                        }
                    }
                }
                #expect(status.readiness.verdict == "no_go")
                #expect(status.readiness.counts.contested == 1)
                #expect(status.requirements.first { $0.id == "swap-off" }?.contested != nil)
                // One look when its moment has come, and then none.
                var looks = 0
                while looks < 5 {
                    let answer = try await daemon.get("/v1/status?wait=3&after=\(status.cursor)")
                    if answer["etag"] == "\"\(status.cursor)\"" { break }
                    status = try WireJSON.decode(StatusBody.self, from: answer.body)
                    looks += 1
                }
                #expect(looks < 5)
            }
        }
    }

    @Test("changes nothing when it observes")
    func observes() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: Self.fstab)
            try tree.write("[policy]\nmode = \"observe\"\n", to: "etc/nucprep/nucprep.toml")
            let before = try await tree.listing(in: folder)
            try await withDaemon(on: tree, in: folder) { daemon in
                let status = try await daemon.status()
                #expect(status.readiness.verdict == "no_go")
                #expect(status.daemon.mode == "observe")
                let plan = try WireJSON.decode(PlanBody.self, from: try await daemon.get("/v1/plan").body)
                #expect(plan.refused == [])
                #expect(plan.steps.contains { $0.diff?.contains("+#") == true })
                #expect(plan.steps.allSatisfy { $0.decision == "on_apply" })
            }
            #expect(try await tree.listing(in: folder) == before)
        }
    }

    @Test("changes nothing at a second start")
    func restart() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: Self.fstab)
            try await withDaemon(on: tree, in: folder) { _ in }
            let before = try await tree.listing(in: folder)
            let status = try await withDaemon(on: tree, in: folder) { try await $0.status() }
            #expect(status.readiness.verdict == "go")
            #expect(try await tree.listing(in: folder) == before)
        }
    }

    @Test("says what it cannot end, and is not ready")
    func activeSwap() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try tree.write(
                "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/swap.img file 1024 0 -2\n", to: "proc/swaps")
            try await withDaemon(on: tree, in: folder) { daemon in
                let status = try await daemon.status()
                #expect(status.readiness.verdict == "no_go")
                #expect(status.requirements.first { $0.id == "swap-off" }?.now == "unmet")
                let plan = try WireJSON.decode(PlanBody.self, from: try await daemon.get("/v1/plan").body)
                #expect(plan.refused.contains { $0.reason == "failed" && $0.text.contains("no running system") })
            }
        }
    }

    @Test("keeps still for what kubeadm is at work on")
    func kubeadm() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: Self.fstab)
            try tree.write("kubeadm\n", to: "proc/4711/comm")
            let before = try await tree.listing(in: folder)
            try await withDaemon(on: tree, in: folder) { daemon in
                let plan = try WireJSON.decode(PlanBody.self, from: try await daemon.get("/v1/plan").body)
                #expect(plan.steps.isEmpty)
                #expect(plan.refused.contains { $0.reason == "kubeadm-running" })
            }
            #expect(try await tree.listing(in: folder) == before)
        }
    }
}
