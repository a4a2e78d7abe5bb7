internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// How a wrong version is told, and what would put it right.
extension PackageVersions {
    /// In which way a package that is not right is wrong.
    enum Fault: String {
        case missing, older, newer
        case halfConfigured = "half-configured"
    }

    /// Whether the packages work together although one is at another version: whole, of the wanted minor, and with a
    /// kubelet that is not newer than kubeadm.
    ///
    /// What is not there counts as it will be installed.
    /// - Source: kubernetes.io, "Version Skew Policy"; kubeadm `cmd/kubeadm/app/preflight/checks.go` (`KubeletVersionCheck`).
    func isOtherPatch(_ seen: SeenPackage, _ all: [SeenPackage]) -> Bool {
        guard let package = seen.package, package.isInstalled else { return false }
        func present(_ name: String) -> String {
            let package = all.first { $0.name == name }?.package
            return package.map { $0.isInstalled ? $0.version : version } ?? version
        }
        guard Self.release(package.version) == Self.release(version),
            Self.release(present("kubeadm")) == Self.release(present("kubelet"))
        else { return false }
        return DebianVersion(present("kubeadm")) >= DebianVersion(present("kubelet"))
    }

    func fault(_ seen: SeenPackage) -> Fault {
        guard let package = seen.package, seen.isThere else { return .missing }
        if !package.isInstalled || package.version == version { return .halfConfigured }
        return DebianVersion(package.version) < DebianVersion(version) ? .older : .newer
    }

    func finding(_ item: Item, _ seen: Observation) -> Finding {
        let membership = seen.membership
        let name = item.seen.name
        let fault = fault(item.seen)
        let isOtherPatch = isOtherPatch(item.seen, seen.items.map(\.seen))
        let hold = item.seen.package?.isHeld == true ? " --allow-change-held-packages" : ""
        var finding = Finding(
            isOtherPatch ? "other-patch" : fault.rawValue,
            severity: isOtherPatch || Self.isMember(membership) ? .warning : .error,
            expected: "\(name) is at \(version)",
            actual: item.seen.actual, manual: ["sudo apt-get install -y\(hold) \(name)=\(version)"],
            evidence: [DpkgEvidence.status])
        switch fault {
        case .halfConfigured:
            finding.remedy = "finish the interrupted dpkg run: dpkg --configure -a"
            finding.manual = ["sudo dpkg --configure -a"]
            return finding
        case .newer:
            finding.manual = ["sudo apt-get install -y --allow-downgrades\(hold) \(name)=\(version)"]
            if !allowsDowngrade {
                finding.remedy =
                    "set allow-downgrade = true in [policy] of nucprep.toml, or package-version to what is there"
            }
        case .missing, .older: break
        }
        if name == "kubelet", Self.release(item.seen.package?.version ?? "") > Self.release(version) {
            finding.predicts = Prediction(kubeadm: "ERROR KubeletVersion", kubelet: "starts")
        }
        add(item.offer, to: &finding)
        // A running node is upgraded by its operator, in the order that its control plane asks for.
        if Self.isMember(membership) {
            finding.remedy = "drain the node and bring it to that version by hand, the control plane first"
        } else if membership != nil {
            finding.remedy = "look at what is left of a cluster, then: kubeadm reset"
        }
        return finding
    }

    /// Major and minor, the only parts that kubeadm compares; any other text is the lowest.
    ///
    /// - Source: kubeadm `cmd/kubeadm/app/preflight/checks.go` (`KubeletVersionCheck`).
    private static func release(_ version: String) -> DebianVersion {
        DebianVersion(version.split(separator: ".").prefix(2).joined(separator: "."))
    }

    private static func isMember(_ membership: Lifecycle?) -> Bool {
        membership == .initialised || membership == .joined
    }

    /// What the way to the right version adds to the finding.
    private func add(_ offer: Offer?, to finding: inout Finding) {
        switch offer {
        case .nowhere:
            if finding.reason != "other-patch" { finding.reason = "unobtainable" }
            finding.why = "no repository and no package in \(Self.archives) offers \(version)"
            finding.remedy = "configure a repository that has it, then: apt-get update"
            finding.manual.insert("sudo apt-get update", at: 0)
        case .archive(let file):
            finding.why = "no repository offers \(version), and the package lies in \(Self.archives)"
            finding.remedy = "install it from there; nucprep orders by name from repositories alone"
            finding.manual = ["sudo apt-get install -y \(Self.archives.appending(file))"]
        case .unknown(let cause): finding.why = "whether a repository offers \(version) is not known: \(cause)"
        case .repository, nil: break
        }
    }

    /// What would put it right: the order, or what may make it possible.
    func proposals(_ seen: Observation) -> [Proposal] {
        if let order = order(seen) { return [Proposal(.installPackages(order), .withConsent(.packages))] }
        // The repository is configured, or this would be blocked: its lists were not fetched, or are old.
        guard seen.membership == nil, seen.items.contains(where: { $0.offer == .nowhere }) else { return [] }
        return [Proposal(.updatePackageLists, .withConsent(.network))]
    }

    /// One order for all that can be put right; apt takes it whole or not at all.
    func order(_ seen: Observation) -> PackageOrder? {
        guard seen.membership == nil else { return nil }
        let meant = seen.items.filter { item in
            switch fault(item.seen) {
            case _ where isRight(item.seen): false
            case .missing, .older: true
            case .newer: allowsDowngrade
            case .halfConfigured: false
            }
        }
        let isObtainable = meant.allSatisfy { item in
            switch item.offer {
            case .repository, .unknown: true
            case .archive, .nowhere, nil: false
            }
        }
        guard !meant.isEmpty, isObtainable else { return nil }
        let names = meant.map(\.seen.name)
        return PackageOrder(
            names.map { PackageVersion($0, version) },
            allowsDowngrade: meant.contains { fault($0.seen) == .newer },
            changesHeld: meant.contains { $0.seen.package?.isHeld == true },
            hold: seen.items.filter { isRight($0.seen) || names.contains($0.seen.name) }.map(\.seen.name))
    }
}
