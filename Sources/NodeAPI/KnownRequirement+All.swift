extension KnownRequirement {
    /// Every requirement of this version, in the order of the catalogue; written by KnownRequirementTests.
    package static let all: [KnownRequirement] = [
        .init("swap-off", "error", ["init", "join"]),
        .init("cloud-init-hostname", "error", ["init", "join"]),
        .init("hostname", "error", ["init", "join"]),
        .init("default-route", "error", ["init", "join"]),
        .init("cloud-init-hosts", "error", ["init", "join"]),
        .init("hosts-entries", "error", ["init", "join"]),
        .init("kernel-modules", "error", ["init", "join"]),
        .init("bridge-sysctls", "error", ["init", "join"]),
        .init("ip-forward", "error", ["init", "join"]),
        .init("package-system-healthy", "error", ["init", "join"]),
        .init("apt-key", "error", ["init", "join"]),
        .init("apt-repository", "error", ["init", "join"]),
        .init("apt-pins", "warning", ["init", "join"]),
        .init("prerequisite-packages", "error", ["init", "join"]),
        .init("package-versions", "error", ["init", "join"]),
        .init("package-holds", "error", ["init", "join"]),
        .init("unattended-upgrades", "warning", ["init", "join"]),
        .init("containerd-installed", "error", ["init", "join"]),
        .init("containerd-service", "error", ["init", "join"]),
        .init("containerd-config-current", "error", ["init", "join"]),
        .init("containerd-cri-enabled", "error", ["init", "join"]),
        .init("containerd-systemd-cgroup", "error", ["init", "join"]),
        .init("ssh-server", "error", ["init", "join"]),
        .init("peer-reachability", "error", ["init", "join"]),
    ]
}
