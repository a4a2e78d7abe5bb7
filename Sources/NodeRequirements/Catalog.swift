package import NodeState

/// The one list of requirements, in the order of reports and of applying.
package enum Catalog {
    /// All requirements; a prerequisite stands before what needs it.
    package static let all: [any Requirement.Type] = [
        // node
        LifecycleConsistent.self, JoinedName.self,
        // swap
        SwapOff.self,
        // names
        CloudInitHostname.self, Hostname.self, DefaultRoute.self, CloudInitHosts.self, HostsEntries.self,
        // kernel
        KernelModules.self, BridgeSysctls.self, IPForward.self,
        // packages
        PackageSystemHealthy.self, AptKey.self, AptRepository.self, AptPins.self, PrerequisitePackages.self,
        PackageVersions.self, PackageHolds.self, UnattendedUpgrades.self, KubeletArguments.self,
        // runtime
        ContainerdInstalled.self, ContainerdService.self, ContainerdConfigCurrent.self, ContainerdCRIEnabled.self,
        ContainerdSystemdCgroup.self, CNIBinaries.self,
        // network
        SSHServer.self, PeerReachability.self,
    ]

    /// The requirements as a configuration wants them.
    package static func requirements(_ configuration: Configuration) -> [any Requirement] {
        all.map { $0.init(configuration) }
    }

    /// The ids of all requirements, in order.
    package static var ids: [RequirementID] { all.map { $0.entry.id } }
}
