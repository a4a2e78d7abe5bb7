package import NodeState
internal import SystemPackage

/// The kernel can have the modules of a pod network: VXLAN, connection tracking and a packet filter.
///
/// Loaded is not asked for: the kernel loads them when they are used.
/// - Source: flannel, `Documentation/backends.md` (VXLAN); kernel, `MODULE_ALIAS_RTNL_LINK("vxlan")`; modprobe.d(5).
package struct PodNetworkModules: Requirement {
    package static let entry = CatalogEntry(
        "pod-network-modules", group: "kernel", title: "VXLAN and connection tracking are available",
        severity: .warning, why: "flannel cannot make its link, and kube-proxy cannot translate addresses",
        source: "flannel, Documentation/backends.md; modprobe.d(5)",
        checks:
            "Whether the kernel has vxlan, nf_conntrack, and nf_tables or ip_tables, or can load them, now and after a boot: the folders of its modules, and the deny lists of modprobe.d.",
        manual: ["sudo modprobe vxlan", "sudo modprobe nf_conntrack"])

    /// One of each row is enough.
    private static let rows = [["vxlan"], ["nf_conntrack"], ["nf_tables", "ip_tables"]]
    private static let names = rows.flatMap { $0 }

    package let inputs: [Input] =
        layeredInputs("modprobe.d") + names.map { .module($0) } + [
            .path("/boot"), .path("/etc/default/grub"), .twoLevels("/lib/modules"), .twoLevels("/usr/lib/modules"),
        ]

    package init(_ configuration: Configuration) {}

    /// A module that a kernel cannot have.
    package struct Missing: Equatable, Sendable {
        var name: String
        var release: String
        var cause: ModuleSupply
        var denial: BootedModules.Denial?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> [Missing] {
        let running = try await host.kernel.release()
        let kernels = horizon == .now ? [running] : try await BootedKernel.predict(host).candidates
        let denials = try await BootedModules.denials(of: Self.names, host)
        var missing: [Missing] = []
        for kernel in kernels {
            for row in Self.rows {
                var faults: [Missing] = []
                for name in row {
                    let cause = try await supply(name, kernel, isRunning: kernel == running, horizon, host)
                    let denial = cause == .loadable ? denials[name] : nil
                    guard let cause, cause != .loadable || denial != nil else {
                        faults = []
                        break
                    }
                    faults.append(Missing(name: name, release: kernel, cause: cause, denial: denial))
                }
                if let fault = faults.first { missing.append(fault) }
                // Without a tree there is nothing more to say of this kernel.
                if faults.first?.cause == .noTree { break }
            }
        }
        return missing
    }

    /// Where a kernel has a module from; `nil` when nothing need be loaded.
    private func supply(
        _ name: String, _ release: String, isRunning: Bool, _ horizon: Horizon, _ host: HostView
    ) async throws(ObservationError) -> ModuleSupply? {
        if isRunning {
            let presence = try await host.modules.presence(of: name)
            if presence == .builtIn || presence == .loaded && horizon == .now { return nil }
            if presence == .loaded { return .loadable }
        }
        // The index is long, and both horizons ask for it.
        let supply = try await host.shared("the module \(name) of \(release)") {
            (host) async throws(ObservationError) in
            try await BootedKernel.supply(of: name, release: release, host)
        }
        return supply == .builtIn ? nil : supply
    }

    package func assess(_ missing: [Missing], at horizon: Horizon) -> Assessment {
        guard !missing.isEmpty else { return .met(observed: "vxlan, nf_conntrack and a packet filter are available") }
        return .unmet(
            missing.map { module in
                var finding = Finding(
                    "missing", severity: .warning,
                    expected: "the kernel \(module.release) has the module \(module.name)",
                    actual: "the kernel \(module.release) has no module \(module.name)",
                    remedy: "install the package that has it, on Ubuntu linux-modules-extra-\(module.release)",
                    manual: ["sudo apt-get install -y linux-modules-extra-\(module.release)"],
                    evidence: [Evidence(FilePath("/lib/modules/\(module.release)/modules.dep"))])
                if let denial = module.denial {
                    finding.reason = "denied"
                    finding.actual = "\(denial.text) keeps \(module.name) out"
                    finding.remedy = "take that line out; nucprep does not override a deny list"
                    finding.manual = ["grep -rn '\(module.name)' /etc/modprobe.d"]
                    finding.evidence = [denial.evidence]
                } else if module.cause == .noTree {
                    finding.reason = "kernel-replaced"
                    finding.actual = "the modules of the kernel \(module.release) are not installed"
                    finding.remedy = horizon == .now ? "reboot into the installed kernel" : "install its modules"
                    finding.manual = horizon == .now ? ["sudo reboot"] : finding.manual
                }
                return finding
            })
    }
}
