/// What older kubelets knew and the one of 1.28 does not.
///
/// - Source: kubernetes CHANGELOG-1.11 to CHANGELOG-1.28; kubernetes pkg/features/kube_features.go.
extension KubeletArguments {
    /// Flags without which the kubelet was built: with one of them it exits at once.
    static let removedFlags: Set<String> = [
        // 1.27
        "container-runtime", "master-service-namespace",
        // 1.24, with dockershim and the dynamic configuration
        "network-plugin", "cni-bin-dir", "cni-cache-dir", "cni-conf-dir", "network-plugin-mtu", "docker-endpoint",
        "image-pull-progress-deadline", "experimental-dockershim-root-directory", "dynamic-config-dir",
        // 1.23 and before
        "seccomp-profile-root", "experimental-bootstrap-kubeconfig", "experimental-dockershim",
        "redirect-container-streaming", "enable-cadvisor-json-endpoints", "allow-privileged", "host-ipc-sources",
        "host-network-sources", "host-pid-sources", "containerized", "cadvisor-port", "require-kubeconfig",
        "api-servers", "auth-path", "experimental-fail-swap-on", "network-plugin-dir", "low-diskspace-threshold-mb",
        "outofdisk-transition-frequency", "babysit-daemons", "configure-cbr0", "reconcile-cidr",
    ]

    /// Gates whose removal came up to 1.28.
    static let removedGates: Set<String> = [
        "Accelerators", "AttachVolumeLimit", "BlockVolume", "CSIBlockVolume", "CSIDriverRegistry", "CSIInlineVolume",
        "CSINodeInfo", "CSIPersistentVolume", "CustomResourceSubresources", "DynamicKubeletConfig",
        "EphemeralContainers", "ExpandCSIVolumes", "ExpandInUsePersistentVolumes", "ExpandPersistentVolumes",
        "HugePages", "IPv6DualStack", "KubeletPluginsWatcher", "MountPropagation", "PodOverhead", "PodPriority",
        "RotateKubeletClientCertificate", "RuntimeClass", "SupportNodePidsLimit", "SupportPodPidsLimit", "Sysctls",
        "VolumeScheduling", "VolumeSnapshotDataSource",
    ]

    /// Flags that are true or false: a word after one is not its value.
    ///
    /// - Source: pflag, `NoOptDefVal` of a boolean.
    static let switches: Set<String> = [
        "anonymous-auth", "authentication-token-webhook", "cgroups-per-qos", "enable-controller-attach-detach",
        "enable-debugging-handlers", "enable-server", "exit-on-lock-contention", "fail-swap-on",
        "kernel-memcg-notification", "make-iptables-util-chains", "protect-kernel-defaults", "register-node",
        "rotate-certificates", "rotate-server-certificates", "runonce", "seccomp-default", "serialize-image-pulls",
    ]
}
