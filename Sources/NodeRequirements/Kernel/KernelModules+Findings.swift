internal import NodeState
internal import SystemPackage

/// How unmet modules are told, and what would put them right.
extension KernelModules {
    /// What kubeadm looks at is not the module but a file that br_netfilter brings; of others it says nothing.
    private static func predicts(_ name: String) -> Prediction {
        guard name == "br_netfilter" else { return Prediction() }
        return Prediction(
            kubeadm: "ERROR FileContent--proc-sys-net-bridge-bridge-nf-call-iptables",
            kubelet: "starts; pods do not reach service addresses")
    }

    func notLoaded(_ module: Module, isLocked: Bool) -> Finding {
        let name = module.name
        var finding = Finding(
            "not-loaded", expected: "the module \(name) is loaded", actual: "\(name) is not loaded",
            predicts: Self.predicts(name), manual: ["sudo modprobe \(name)"])
        if module.isWithoutEffect {
            finding.actual = "\(name) is loaded, and what it brings is not there"
            finding.remedy = "reboot"
            finding.manual = ["sudo modprobe -r \(name)", "sudo modprobe \(name)"]
            return finding
        }
        guard let (release, supply) = module.supply.first else { return finding }
        if isLocked {
            finding.reason = "modules-disabled"
            finding.why = "loading modules is switched off until the next reboot"
            finding.remedy = "reboot"
            finding.manual = ["sudo reboot"]
            finding.evidence = [Evidence("/proc/sys/kernel/modules_disabled")]
        } else if let denied = module.denied {
            finding.why = "\(denied.text) keeps it out"
            finding.remedy = "take that line out; nucprep does not override a deny list"
            finding.evidence = [denied.evidence]
        } else if supply == .noTree {
            finding.reason = "kernel-replaced"
            finding.why = "the modules of the running kernel \(release) are gone: it was upgraded"
            finding.remedy = "reboot into the installed kernel"
            finding.manual = ["sudo reboot"]
            finding.evidence = [Evidence(FilePath("/lib/modules/\(release)"))]
        } else if supply == .missing {
            finding.reason = "package-missing"
            finding.why = "the kernel \(release) is installed without this module"
            finding.remedy = "install the package that has it, on Ubuntu linux-modules-extra-\(release)"
            finding.manual = ["sudo apt-get install linux-modules-extra-\(release)"]
            finding.evidence = [Evidence(FilePath("/lib/modules/\(release)/modules.dep"))]
        }
        return finding
    }

    /// The modules that can be loaded as they are.
    func loading(_ seen: Observation) -> [Proposal] {
        guard !seen.isLocked else { return [] }
        return seen.modules.filter { module in
            !module.isThere && !module.isWithoutEffect && module.denied == nil
                && module.supply.values.allSatisfy { $0 == .loadable || $0 == .builtIn }
        }.map { Proposal(.loadModule($0.name), .always) }
    }

    func notAtBoot(_ module: Module, listing file: HandFile) -> [Finding] {
        let name = module.name
        var findings: [Finding] = []
        for (release, supply) in module.supply.sorted(by: { $0.key < $1.key })
        where supply == .missing || supply == .noTree {
            findings.append(
                Finding(
                    "missing-for-next-kernel", expected: "the kernel \(release) has the module \(name)",
                    actual: "\(name) is not among the modules of \(release)",
                    remedy: "install the modules of that kernel, on Ubuntu linux-modules-extra-\(release)",
                    manual: ["sudo apt-get install linux-modules-extra-\(release)"],
                    evidence: [Evidence(FilePath("/lib/modules/\(release)/modules.dep"))]))
        }
        guard !module.isBuiltIn else { return findings }
        if let denied = module.denied {
            findings.append(
                Finding(
                    "blacklisted", expected: "the module \(name) is loaded at boot",
                    actual: "\(denied.text) keeps \(name) out", predicts: Self.predicts(name),
                    remedy: "take that line out; nucprep does not override a deny list",
                    evidence: [denied.evidence]))
        }
        if module.listed == nil {
            findings.append(
                Finding(
                    "not-persisted", expected: "the module \(name) is listed for the boot",
                    actual: "no file of modules-load.d names \(name)", predicts: Self.predicts(name),
                    manual: file.appending([name]),
                    evidence: [Evidence(Self.file)]))
        }
        return findings
    }

    /// Our own file with every module that is no part of the kernel, when one of them is listed nowhere.
    func listing(_ seen: Observation) -> [Proposal] {
        guard seen.modules.contains(where: { $0.listed == nil && !$0.isBuiltIn }) else { return [] }
        let names = seen.modules.filter { !$0.isBuiltIn }.map(\.name)
        let text = OwnFile.text(
            about: "the kernel modules that nucprep.toml requires, modules-load.d(5)", lines: names)
        return [Proposal(.writeFile(FileEdit(path: Self.file, before: seen.ownFile, after: text)), .always)]
    }
}
