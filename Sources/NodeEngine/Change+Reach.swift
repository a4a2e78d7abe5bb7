internal import NodeState
internal import SystemPackage

extension Change {
    /// What is another after the change, as an event would tell of it; `nil` where that is more than can be listed.
    var touched: Set<Input>? {
        switch self {
        case .disableSwap: [.swaps]
        case .writeSysctl(let key, _): [.sysctl(FilePath("/proc/sys/\(String(key.map { $0 == "." ? "/" : $0 }))"))]
        case .setHostname: Set([.hostname]).union(Input.about("/etc/hostname"))
        case .loadModule(let name): [.module(name)]
        case .editFstab(let edit), .writeFile(let edit), .writeBlock(let edit), .disableAptSource(let edit),
            .editContainerdConfig(let edit):
            Input.about(edit.path)
        case .moveAside(let move): Input.about(move.path)
        case .removeLink: [.addresses]
        case .maskUnit(let name): Input.about(FilePath("/etc/systemd/system").appending(name))
        case .reloadSystemd, .startUnit, .enableUnit, .restartUnit, .holdPackages, .updatePackageLists,
            .installPackages, .configurePackages, .fetchKey, .tryPodSandbox, .deleteChains:
            nil
        }
    }

    /// Whether it takes milliseconds as a rule, so that what is told of it comes after it.
    var isBrief: Bool {
        switch self {
        case .writeSysctl, .setHostname, .loadModule, .editFstab, .writeFile, .writeBlock, .disableAptSource, .maskUnit,
            .moveAside, .removeLink, .deleteChains:
            true
        case .disableSwap(let area): area.usedKiB == 0
        case .editContainerdConfig, .reloadSystemd, .startUnit, .enableUnit, .restartUnit, .holdPackages,
            .updatePackageLists, .installPackages, .configurePackages, .fetchKey, .tryPodSandbox:
            false
        }
    }
}

extension Input {
    /// The inputs that an event about a file is about.
    fileprivate static func about(_ path: FilePath) -> Set<Input> {
        let parent = path.removingLastComponent()
        return [
            .path(path), .twoLevels(path), .path(parent), .twoLevels(parent),
            .twoLevels(parent.removingLastComponent()), .entry(path),
        ]
    }
}
