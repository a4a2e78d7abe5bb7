internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The modules that pod networks and containerd need are loaded, and are loaded at every boot.
///
/// - Source: kubernetes.io, "Container Runtimes", "Forwarding IPv4 and letting iptables see bridged traffic".
package struct KernelModules: Requirement {
    package static let entry = CatalogEntry(
        "kernel-modules", group: "kernel",
        title: "The required kernel modules are loaded, and are loaded at every boot",
        why:
            "without br_netfilter bridged pod traffic bypasses iptables, so service addresses do not work; overlay is containerd's snapshotter",
        source: "kubernetes.io, Container Runtimes; modules-load.d(5)",
        checks:
            "the modules of the running kernel, and that what they bring is there; for the next boot modules-load.d and the service that reads it, the deny lists of modprobe.d, and the modules of the kernel that will start",
        manual: [
            "sudo modprobe overlay", "sudo modprobe br_netfilter",
            "printf 'overlay\\nbr_netfilter\\n' | sudo tee /etc/modules-load.d/k8s.conf",
        ])

    /// The file that nucprep owns for the next boot.
    static let file: FilePath = "/etc/modules-load.d/nucprep.conf"

    private let modules: [String]
    package let inputs: [Input]

    package init(_ configuration: Configuration) {
        modules = configuration.requiredModules
        let folders = BootedUnits.inputs + layeredInputs("modules-load.d") + layeredInputs("modprobe.d")
        inputs =
            modules.map { .module($0) } + folders
            + [
                .path("/etc/modules"), .path("/boot"), .path("/etc/default/grub"), .twoLevels("/lib/modules"),
                .twoLevels("/usr/lib/modules"),
            ]
    }

    /// One required module at one horizon.
    package struct Module: Equatable, Sendable {
        var name: String
        /// The kernel has it: now, or the next one will.
        var isThere: Bool
        var isBuiltIn: Bool
        /// The kernel says that it has it, and what it brings is not there.
        var isWithoutEffect = false
        /// Where the next boot finds its name.
        var listed: Evidence?
        var denied: BootedModules.Denial?
        /// What kernels have of it, each named: the running one, or those that the next boot may start.
        var supply: [String: ModuleSupply]
    }

    /// What was seen of all required modules.
    package struct Observation: Equatable, Sendable {
        var modules: [Module]
        /// Whether loading is switched off until a reboot.
        var isLocked = false
        /// Where a person lists a module.
        var handFile = HandFile(path: "/etc/modules-load.d/k8s.conf")
        /// The present bytes of our own file; `nil` when it is absent.
        var ownFile: [UInt8]?
        /// Why systemd-modules-load does not read any list; `nil` when it does.
        var reader: Finding?
    }

    /// The service that reads the lists.
    private static let service = "systemd-modules-load.service"

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation(modules: [])
        switch horizon {
        case .now:
            seen.isLocked = try await host.files.text(at: "/proc/sys/kernel/modules_disabled")?.first == "1"
            for name in modules { seen.modules.append(try await present(name, host)) }
            // What keeps a module out is asked for where one is missing: an unreadable list says nothing of a loaded one.
            guard seen.modules.contains(where: { !$0.isThere }) else { return seen }
            let denied = try await BootedModules.denials(of: modules, host)
            for index in seen.modules.indices {
                seen.modules[index].denied = denied[BootedModules.normalised(seen.modules[index].name)]
            }
        case .nextBoot:
            let booted = try await BootedModules.predict(modules, host)
            seen.handFile = try await HandFile.choose(in: "modules-load.d", host)
            seen.ownFile = try await host.files.bytes(at: Self.file)
            let kernels = try await BootedKernel.predict(host).candidates
            for name in modules { seen.modules.append(try await booting(name, booted, kernels, host)) }
            guard seen.modules.contains(where: { !$0.isBuiltIn }) else { break }
            switch try await BootedUnits.start(of: Self.service, on: host) {
            case .starts: break
            // It has nothing to read yet: its conditions hold once there is a list.
            case .fails(let obstacle) where obstacle.reason == "condition" && booted.listed.isEmpty: break
            case .fails(let obstacle):
                seen.reader = obstacle.finding(ofReader: Self.service, folder: "modules-load.d")
            case .undecided(let cause): throw ObservationError(reading: "what starts \(Self.service)", cause: cause)
            }
        }
        return seen
    }

    private func present(_ name: String, _ host: HostView) async throws(ObservationError) -> Module {
        let presence = try await host.modules.presence(of: name)
        var module = Module(name: name, isThere: presence != .absent, isBuiltIn: presence == .builtIn, supply: [:])
        if module.isThere, try await !Self.isAtWork(name, host) {
            module.isThere = false
            module.isWithoutEffect = true
        } else if !module.isThere {
            let release = try await host.kernel.release()
            module.supply[release] = try await BootedKernel.supply(of: name, release: release, host)
        }
        return module
    }

    /// What the module brings is really there: the proof beyond the kernel's word.
    private static func isAtWork(_ name: String, _ host: HostView) async throws(ObservationError) -> Bool {
        switch BootedModules.normalised(name) {
        case "br_netfilter": return try await host.files.kind(of: "/proc/sys/net/bridge") == .directory
        case "overlay":
            let text = try await host.files.text(at: "/proc/filesystems") ?? ""
            return text.textLines().contains { $0.split(whereSeparator: \.isWhitespace).last == "overlay" }
        default: return true
        }
    }

    private func booting(
        _ name: String, _ booted: BootedModules, _ kernels: [String], _ host: HostView
    ) async throws(ObservationError) -> Module {
        let key = BootedModules.normalised(name)
        var supply: [String: ModuleSupply] = [:]
        for kernel in kernels { supply[kernel] = try await BootedKernel.supply(of: name, release: kernel, host) }
        if supply.values.contains(.noTree), try await host.modules.presence(of: name) == .builtIn {
            // What the running kernel has in its image it has at the next boot too, with or without a tree.
            supply[try await host.kernel.release()] = .builtIn
        }
        return Module(
            name: name, isThere: supply.values.allSatisfy { $0 == .loadable || $0 == .builtIn },
            isBuiltIn: supply.values.allSatisfy { $0 == .builtIn }, listed: booted.listed[key],
            denied: booted.denied[key], supply: supply)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let findings =
            switch horizon {
            case .now: seen.modules.filter { !$0.isThere }.map { notLoaded($0, isLocked: seen.isLocked) }
            case .nextBoot:
                seen.modules.flatMap { notAtBoot($0, listing: seen.handFile) } + [seen.reader].compactMap { $0 }
            }
        let observed = seen.modules.map { described($0, at: horizon) }.joined(separator: ", ")
        guard !findings.isEmpty else { return .met(observed: observed) }
        let proposals =
            switch horizon {
            case .now: loading(seen)
            case .nextBoot: listing(seen)
            }
        return .unmet(observed: observed, findings: findings, proposals: proposals)
    }

    private func described(_ module: Module, at horizon: Horizon) -> String {
        if module.isWithoutEffect { return "\(module.name) is without effect" }
        guard module.isThere else { return "\(module.name) is missing" }
        if module.isBuiltIn { return "\(module.name) is built in" }
        guard horizon == .nextBoot else { return "\(module.name) is loaded" }
        if module.denied != nil { return "\(module.name) is denied" }
        return module.listed.map { "\(module.name) is listed in \($0.path)" } ?? "\(module.name) is not listed"
    }
}
