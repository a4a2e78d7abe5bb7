package import NodeState

/// The one list of requirements, in the order of reports and of applying.
package enum Catalog {
    /// All requirements; a prerequisite stands before what needs it.
    package static let all: [any Requirement.Type] = [
        // node
        MachineSupported.self, LifecycleConsistent.self, JoinedName.self, MachineID.self, RootWritable.self,
        ClockSane.self, ClockSynchronised.self,
        RebootNotPending.self, KernelRelease.self, KernelConfiguration.self, CgroupControllers.self, CPUCount.self,
        MemorySize.self,
        DiskSpace.self,
        NoSuspend.self,
        ProductUUID.self,
        // swap
        SwapOff.self,
        NoHibernationWait.self,
        // names
        CloudInitHostname.self, Hostname.self, DefaultRoute.self, NodeAddress.self,
        StaticAddress.self,
        CloudInitHosts.self,
        HostsEntries.self,
        Resolver.self, LocalhostResolves.self,
        // kernel
        KernelModules.self, BridgeSysctls.self, IPForward.self, IPv6Forwarding.self,
        PodNetworkModules.self,
        InotifyLimits.self,
        KubeletSysctls.self,
        // packages
        PackageSystemHealthy.self, AptKey.self, AptRepository.self, AptPins.self, PrerequisitePackages.self,
        PackageVersions.self, PackageHolds.self, UnattendedUpgrades.self, CommandsNotShadowed.self,
        RequiredCommands.self, KubernetesVersion.self, KubeletVersion.self, KubeletEnabled.self,
        KubeletArguments.self,
        // runtime
        ContainerdInstalled.self, ContainerdService.self, ContainerdConfigCurrent.self, ContainerdCRIEnabled.self,
        ContainerdSystemdCgroup.self, CNIBinaries.self, CRISocketUnambiguous.self, SandboxImage.self,
        AppArmorUsable.self, CrictlConfigured.self, ImagesAvailable.self, PodSandboxStarts.self,
        ContainerdFileLimit.self, ContainerdStorage.self,
        // network
        SSHServer.self, PeerReachability.self, PodCIDRFree.self, ServiceCIDRFree.self, ControlPlanePortsFree.self,
        KubeletPortFree.self,
        FirewalldInactive.self, FirewallAllows.self, ProxyBypassed.self, VXLANPortFree.self, WiredLink.self,
        LinkSpeed.self,
        RPFilter.self,
        ForwardPolicy.self,
        IPTablesBackend.self,
        // leftovers
        StaticManifestsAbsent.self, KubeletConfigAbsent.self, ClusterCAAbsent.self, EtcdDataAbsent.self,
        LeftoverCNI.self, LeftoverLinks.self,
        LeftoverRules.self,
        LeftoverContainers.self,
        OtherDistribution.self, KubeconfigCurrent.self,
        // machine
        RootPrivileges.self, ExternalEtcd.self,
    ]

    /// The requirements as a configuration wants them.
    package static func requirements(_ configuration: Configuration) -> [any Requirement] {
        all.map { $0.init(configuration) }
    }

    /// The ids of all requirements, in order.
    package static var ids: [RequirementID] { all.map { $0.entry.id } }
}
