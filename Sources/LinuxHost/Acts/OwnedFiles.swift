internal import NodeState
internal import SystemPackage

/// Which files which change may write; nothing else is written, whatever a requirement proposes.
enum OwnedFiles {
    /// The files that nucprep writes whole.
    static let whole: Set<FilePath> = [
        "/etc/modules-load.d/nucprep.conf", "/etc/sysctl.d/99-zz-nucprep.conf",
        "/etc/sysctl.d/10-nucprep-inotify.conf",
        "/etc/systemd/system/swap.d/50-nucprep.conf", "/etc/cloud/cloud.cfg.d/99-nucprep.cfg",
        "/etc/apt/preferences.d/nucprep", "/etc/apt/apt.conf.d/52nucprep",
        "/etc/apt/sources.list.d/kubernetes.list", "/etc/apt/keyrings/kubernetes-apt-keyring.gpg", "/etc/crictl.yaml",
    ]
    static let containerd: FilePath = "/etc/containerd"
    private static let keyrings: FilePath = "/etc/apt/keyrings"
    private static let networks: FilePath = "/etc/cni/net.d"
    private static let sources: FilePath = "/etc/apt/sources.list.d"

    /// Whether a change of this kind may write the file at `path`, as it is named, links not followed.
    static func allow(_ change: Change, at path: FilePath) -> Bool {
        guard path.isLexicallyNormal else { return false }
        switch change {
        case .editFstab: return path == "/etc/fstab"
        case .writeFile: return whole.contains(path)
        case .writeBlock: return path == "/etc/hosts"
        case .editContainerdConfig: return path.starts(with: containerd) && path.extension == "toml"
        case .disableAptSource:
            return path == "/etc/apt/sources.list"
                || (path.removingLastComponent() == sources && ["list", "sources"].contains(path.extension))
        case .fetchKey:
            return path.removingLastComponent() == keyrings && ["gpg", "asc"].contains(path.extension)
        case .setHostname: return path == "/etc/hostname"
        case .moveAside:
            return path.removingLastComponent() == networks
                && ["conf", "conflist", "json"].contains(path.extension)
        case .disableSwap, .maskUnit, .loadModule, .reloadSystemd, .writeSysctl, .startUnit, .enableUnit, .restartUnit,
            .holdPackages, .updatePackageLists, .installPackages, .configurePackages,
            .tryPodSandbox, .removeLink, .deleteChains:
            return false
        }
    }
}
