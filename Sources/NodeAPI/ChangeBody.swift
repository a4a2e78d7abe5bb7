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
    /// The kind on the wire.
    package var kind: String {
        switch self {
        case .disableSwap: "disable-swap"
        case .editFstab: "edit-fstab"
        case .maskUnit: "mask-unit"
        case .writeFile: "write-file"
        case .loadModule: "load-module"
        case .reloadSystemd: "reload-systemd"
        }
    }

    /// The act in words.
    package var text: String {
        switch self {
        case .disableSwap(let area): "end the swap area \(area.path) (\(area.usedKiB) of \(area.sizeKiB) KiB used)"
        case .editFstab(let edit): "take the swap lines out of \(edit.path)"
        case .maskUnit(let name): "mask \(name)"
        case .writeFile(let edit): "\(edit.before == nil ? "write" : "rewrite") \(edit.path)"
        case .loadModule(let name): "load the module \(name)"
        case .reloadSystemd: "have systemd read its units again"
        }
    }

    /// The same act by hand.
    package var manual: [String] {
        switch self {
        case .disableSwap(let area): ["swapoff '\(area.path)'"]
        case .editFstab(let edit): ["put # in front of the swap lines of \(edit.path)"]
        case .maskUnit(let name): ["systemctl mask '\(name)'"]
        case .writeFile(let edit): ["write \(edit.path) as the difference shows"]
        case .loadModule(let name): ["modprobe \(name)"]
        case .reloadSystemd: ["systemctl daemon-reload"]
        }
    }

    /// The edit of a change that writes a file.
    package var edit: FileEdit? {
        switch self {
        case .editFstab(let edit), .writeFile(let edit): edit
        case .disableSwap, .maskUnit, .loadModule, .reloadSystemd: nil
        }
    }

    /// Whether the former state can be had again.
    package var isReversible: Bool { true }

    /// Whether it interrupts what runs; none of this release does.
    package var isDisruptive: Bool { false }
}

extension Proposal {
    /// The proposal on the wire.
    package var body: ChangeBody {
        ChangeBody(
            kind: change.kind, class: autoClass.rawValue, object: change.object, text: change.text,
            reversible: change.isReversible, disruptive: change.isDisruptive)
    }
}
