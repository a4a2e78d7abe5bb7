import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("Kernel modules")
struct KernelModulesTests {
    private let requirement = KernelModules(Configuration())

    private func module(
        _ name: String = "overlay", isThere: Bool = false, isBuiltIn: Bool = false, isWithoutEffect: Bool = false,
        listed: Evidence? = nil, denied: BootedModules.Denial? = nil,
        supply: [String: ModuleSupply] = ["6.1": .loadable]
    ) -> KernelModules.Module {
        KernelModules.Module(
            name: name, isThere: isThere, isBuiltIn: isBuiltIn, isWithoutEffect: isWithoutEffect, listed: listed,
            denied: denied, supply: supply)
    }

    private func now(_ modules: [KernelModules.Module], isLocked: Bool = false) -> (
        reasons: [String], changes: [Change]
    ) {
        parts(requirement.assess(.init(modules: modules, isLocked: isLocked), at: .now))
    }

    private func nextBoot(_ modules: [KernelModules.Module]) -> (reasons: [String], changes: [Change]) {
        parts(requirement.assess(.init(modules: modules), at: .nextBoot))
    }

    private func parts(_ assessment: Assessment) -> (reasons: [String], changes: [Change]) {
        guard case .unmet(_, let findings, let proposals) = assessment else { return ([], []) }
        #expect(proposals.allSatisfy { $0.autoClass == .always })
        return (findings.map(\.reason), proposals.map(\.change))
    }

    private let denial = BootedModules.Denial(
        text: "blacklist overlay", evidence: Evidence("/etc/modprobe.d/a.conf", line: 1))

    @Test("what can be loaded is loaded, in the order of the configuration")
    func loading() {
        let (reasons, changes) = now([module("br_netfilter"), module("overlay")])
        #expect(reasons == ["not-loaded", "not-loaded"])
        #expect(changes == [.loadModule("br_netfilter"), .loadModule("overlay")])
    }

    @Test("what cannot be loaded is told with its cause, and not tried")
    func causes() {
        #expect(now([module(supply: ["6.1": .noTree])]) == (["kernel-replaced"], []))
        #expect(now([module(supply: ["6.1": .missing])]) == (["package-missing"], []))
        #expect(now([module(denied: denial)]) == (["not-loaded"], []))
        #expect(now([module(isWithoutEffect: true, supply: [:])]) == (["not-loaded"], []))
        #expect(now([module()], isLocked: true) == (["modules-disabled"], []))
    }

    @Test("a deny list is not worked around for one module, and does not hold up another")
    func apart() {
        #expect(now([module("br_netfilter", denied: denial), module("overlay")]).changes == [.loadModule("overlay")])
    }

    @Test("a module that is there needs nothing, and its deny list is of no concern now")
    func there() { #expect(now([module(isThere: true, denied: denial)]) == ([], [])) }

    @Test("one that is listed nowhere brings our own file with all that are no part of the kernel")
    func listing() {
        let (reasons, changes) = nextBoot([
            module("br_netfilter", isThere: true, listed: Evidence("/etc/modules", line: 1)),
            module("overlay", isThere: true),
            module("ext4", isThere: true, isBuiltIn: true),
        ])
        #expect(reasons == ["not-persisted"])
        guard case .writeFile(let edit) = changes.first, changes.count == 1 else {
            Issue.record("\(changes)")
            return
        }
        #expect(edit.path == "/etc/modules-load.d/nucprep.conf")
        let lines = String(decoding: edit.after, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines == ["br_netfilter", "overlay"])
    }

    @Test("denied, missing and unlisted are told each for itself")
    func boot() {
        let module = module(denied: denial, supply: ["6.1": .loadable, "6.2": .missing, "6.3": .noTree])
        #expect(
            nextBoot([module]).reasons == [
                "missing-for-next-kernel", "missing-for-next-kernel", "blacklisted", "not-persisted",
            ])
    }

    @Test("a built-in module needs neither list nor leave")
    func builtIn() {
        let module = module(isThere: true, isBuiltIn: true, denied: denial, supply: ["6.1": .builtIn])
        #expect(nextBoot([module]) == ([], []))
    }

    @Test("no module required is met")
    func none() {
        #expect(requirement.assess(.init(modules: []), at: .now) == .met(observed: ""))
    }
}

@Suite("Next kernel and its modules")
struct BootedKernelTests {
    private let tree: ScratchTree
    private let view: HostView

    init() throws {
        tree = try ScratchTree()
        view = try LinuxMachine(root: tree.path).view
    }

    private func install(_ kernels: String...) throws {
        for kernel in kernels { try tree.write("a kernel", to: FilePath("/boot/vmlinuz-\(kernel)")) }
    }

    private var candidates: [String] {
        get async throws { try await BootedKernel.predict(view).candidates }
    }

    @Test("the newest by Debian's order is next, and an old copy is none")
    func newest() async throws {
        try install("6.1.0-9-amd64", "6.1.0-18-amd64", "6.1.0-18-amd64.old", "6.1.0~rc1-1-amd64")
        #expect(try await candidates == ["6.1.0-18-amd64"])
    }

    @Test("without any the running one is next, and without that it is unknown")
    func running() async throws {
        await #expect(throws: ObservationError.self) { _ = try await candidates }
        try tree.write("6.6.30\n", to: "/proc/sys/kernel/osrelease")
        #expect(try await candidates == ["6.6.30"])
    }

    @Test(
        "a boot loader that need not take the newest may take each of them",
        arguments: [
            ("GRUB_DEFAULT=0\n", 1), ("GRUB_DEFAULT=\"0\"\n", 1), ("GRUB_TIMEOUT=5\n", 1), ("#GRUB_DEFAULT=saved\n", 1),
            ("GRUB_DEFAULT=saved\n", 2), ("GRUB_DEFAULT='1>2'\n", 2), ("GRUB_DEFAULT=0\nGRUB_DEFAULT=saved\n", 2),
        ])
    func bootLoader(_ text: String, _ count: Int) async throws {
        try install("6.1.0-9-amd64", "6.1.0-18-amd64")
        try tree.write(text, to: "/etc/default/grub")
        #expect(try await candidates.count == count)
        #expect(try await candidates.first == "6.1.0-18-amd64")
    }

    @Test("a module is loadable, built in or missing, by its whole name")
    func supply() async throws {
        try tree.write(
            "kernel/fs/overlayfs/overlay.ko.zst:\nkernel/net/br-netfilter.ko: kernel/net/bridge.ko\nupdates/my_overlay.ko:\n",
            to: "/lib/modules/6.1/modules.dep")
        try tree.write("kernel/fs/ext4/ext4.ko\n", to: "/lib/modules/6.1/modules.builtin")
        let expected: [(String, ModuleSupply)] = [
            ("overlay", .loadable), ("br_netfilter", .loadable), ("br-netfilter", .loadable), ("ext4", .builtIn),
            ("bridge", .missing), ("over", .missing), ("my_overlay", .loadable), ("overlay.ko", .missing),
        ]
        for (name, supply) in expected {
            #expect(try await BootedKernel.supply(of: name, release: "6.1", view) == supply, "\(name)")
        }
        #expect(try await BootedKernel.supply(of: "overlay", release: "6.2", view) == .noTree)
    }

    @Test("an index that is there and cannot be read is unknown")
    func unreadable() async throws {
        try tree.makeFolder("/lib/modules/6.1/modules.dep")
        await #expect(throws: ObservationError.self) {
            _ = try await BootedKernel.supply(of: "overlay", release: "6.1", view)
        }
    }
}
