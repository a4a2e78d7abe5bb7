package import NodeState
internal import SystemPackage

/// A change as it is shown: its kind, what it acts on, and its words.
package struct ChangeBody: Codable, Equatable, Sendable {
    /// The kebab-case kind, such as `mask-unit`.
    package var kind: String
    /// `A1` … `A3`.
    package var `class`: String
    /// The path, unit, module or area.
    package var object: String
    package var text: String
    package var reversible: Bool
    /// Whether it interrupts what runs.
    package var disruptive: Bool
}

extension Change {
    /// The act in words.
    package var text: String {
        switch self {
        case .disableSwap(let area): "end the swap area \(area.path) (\(area.usedKiB) of \(area.sizeKiB) KiB used)"
        case .editFstab(let edit): "take the swap lines out of \(edit.path)"
        case .maskUnit(let name): "mask \(name)"
        case .writeFile(let edit): "\(edit.before == nil ? "write" : "rewrite") \(edit.path)"
        case .loadModule(let name): "load the module \(name)"
        case .reloadSystemd: "have systemd read its units again"
        case .writeBlock(let edit): "write nucprep's block in \(edit.path)"
        case .writeSysctl(let key, let value): "set \(key) to \(value)"
        case .setHostname(let name): "name this host \(name)"
        case .editContainerdConfig(let edit): "\(edit.before == nil ? "write" : "edit") \(edit.path)"
        case .startUnit(let name): "start \(name)"
        case .enableUnit(let name): "enable \(name) for the boot"
        case .restartUnit(let name): "restart \(name)"
        case .holdPackages(let names): "hold \(names.joined(separator: ", "))"
        case .updatePackageLists: "fetch the lists of the package repositories"
        case .installPackages(let order): "install \(order.packages.map(\.description).joined(separator: ", "))"
        case .configurePackages: "finish the interrupted dpkg run: dpkg --configure -a"
        case .disableAptSource(let edit): "take a repository out of \(edit.path)"
        case .fetchKey(let order): "fetch the key \(order.fingerprint) from \(order.url) to \(order.path)"
        case .tryPodSandbox(let trial):
            "start a pod sandbox on the host's network\(trial.usesPodNetwork ? ", and one with a network of its own," : "") and remove it"
        case .moveAside(let move): "move \(move.path) to /var/lib/nucprep/aside/"
        case .removeLink(let link): "delete the \(link.kind.rawValue) link \(link.name)"
        case .deleteChains(let chains):
            "delete the chains \(chains.shown) from the packet filter, and the jumps to them"
        }
    }

    /// The same act by hand.
    package var manual: [String] {
        switch self {
        case .disableSwap(let area): ["sudo swapoff '\(area.path)'"]
        case .editFstab(let edit): ["sudoedit \(edit.path)   # put # in front of the swap lines"]
        case .maskUnit(let name): ["sudo systemctl mask '\(name)'"]
        case .writeFile(let edit): ["sudoedit \(edit.path)   # as the difference shows"]
        case .loadModule(let name): ["sudo modprobe \(name)"]
        case .reloadSystemd: ["sudo systemctl daemon-reload"]
        case .writeBlock(let edit), .editContainerdConfig(let edit), .disableAptSource(let edit):
            ["sudoedit \(edit.path)   # as the difference shows"]
        case .writeSysctl(let key, let value): ["sudo sysctl -w \(key)=\(value)"]
        case .setHostname(let name): ["sudo hostnamectl set-hostname \(name)"]
        case .startUnit(let name): ["sudo systemctl start \(name)"]
        case .enableUnit(let name): ["sudo systemctl enable \(name)"]
        case .restartUnit(let name): ["sudo systemctl restart \(name)"]
        case .holdPackages(let names): ["sudo apt-mark hold \(names.joined(separator: " "))"]
        case .updatePackageLists: ["sudo apt-get update"]
        case .installPackages(let order): [order.command]
        case .configurePackages: ["sudo dpkg --configure -a", "sudo apt-get --fix-broken install"]
        case .tryPodSandbox: ["sudo crictl runp pod.json", "sudo crictl rmp -f ID"]
        case .removeLink(let link): ["sudo ip link delete \(link.name)"]
        case .deleteChains(let chains): Self.restores(without: chains)
        case .moveAside(let move): ["sudo mv \(Self.quoted(move.path)) /root/"]
        case .fetchKey(let order):
            [
                "sudo mkdir -p \(order.path.removingLastComponent())",
                "curl -fsSL \(order.url) | sudo gpg --dearmor --yes -o \(order.path)",
                "gpg --show-keys --with-fingerprint \(order.path)",
            ]
        }
    }

    /// The commands that read the packet filter in again without the lines that name chains of these beginnings.
    private static func restores(without chains: [ChainName]) -> [String] {
        let beginnings = Set(chains.map { chain in chain.name.prefix { $0 != "-" && $0 != "_" } }).sorted()
        let words = beginnings.map { "-e '[: ]\($0)'" }.joined(separator: " ")
        return [("ip", "iptables"), ("ip6", "ip6tables")].filter { family, _ in
            chains.contains { $0.family == family }
        }.map { "sudo \($1)-save | grep -v \(words) | sudo \($1)-restore" }
    }

    /// A path as the shell takes it without a change.
    private static func quoted(_ path: FilePath) -> String {
        "'" + path.string.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// Whether the former state can be had again by one act of the same kind.
    package var isReversible: Bool {
        switch self {
        case .restartUnit, .updatePackageLists, .installPackages, .configurePackages, .removeLink, .deleteChains:
            false
        default: true
        }
    }

    /// Whether it interrupts what runs.
    package var isDisruptive: Bool {
        switch self {
        case .restartUnit, .installPackages, .configurePackages: true
        default: false
        }
    }
}

extension PackageOrder {
    /// The order as a person types it.
    fileprivate var command: String {
        let allowed = [
            allowsDowngrade ? "--allow-downgrades" : nil, changesHeld ? "--allow-change-held-packages" : nil,
        ]
        let words = ["sudo", "apt-get", "install", "-y"] + allowed.compactMap(\.self) + packages.map(\.description)
        return words.joined(separator: " ")
    }
}

extension Proposal {
    /// The proposal on the wire.
    package var body: ChangeBody {
        ChangeBody(
            kind: change.kind, class: autoClass.name, object: change.object, text: change.text,
            reversible: change.isReversible, disruptive: change.isDisruptive)
    }
}
