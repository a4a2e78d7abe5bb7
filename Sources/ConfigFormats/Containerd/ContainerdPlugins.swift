/// The names of containerd's plugins that its configuration uses.
package enum ContainerdPlugins {
    /// The CRI in files of version 2: the whole of it on 1.x, the service alone on 2.x.
    package static let service = "io.containerd.grpc.v1.cri"

    /// The CRI's runtimes in files of version 3 and 4.
    package static let runtime = "io.containerd.cri.v1.runtime"

    /// The CRI's images in files of version 3 and 4.
    package static let images = "io.containerd.cri.v1.images"

    /// The CRI in files of version 1.
    package static let short = "cri"

    /// Every name that takes the CRI away when it stands in `disabled_plugins`.
    package static let cri: Set<String> = [short, service, runtime, images]

    /// What a plugin of a file of version 1 is called since version 2.
    ///
    /// - Returns: the name itself when it is a full one; `nil` for one that more than one plugin had, or none.
    /// - Source: containerd `services/server/config`, migration of version 1 (release 2.0).
    package static func full(_ name: String) -> String? {
        if name.utf8.contains(UInt8(ascii: ".")) { return name }
        if name.hasSuffix("-service") { return "io.containerd.service.v1.\(name)" }
        switch name {
        case short: return service
        case "cgroups": return "io.containerd.monitor.v1.cgroups"
        case "linux": return "io.containerd.runtime.v1.linux"
        case "scheduler": return "io.containerd.gc.v1.scheduler"
        case "bolt": return "io.containerd.metadata.v1.bolt"
        case "task": return "io.containerd.runtime.v2.task"
        case "opt", "restart", "tracing": return "io.containerd.internal.v1.\(name)"
        case "otlp": return "io.containerd.tracing.processor.v1.otlp"
        case "aufs", "btrfs", "devmapper", "native", "overlayfs", "zfs": return "io.containerd.snapshotter.v1.\(name)"
        default: return nil
        }
    }

    /// Whether a release takes `name` as a plugin's full one: 1.x counts its parts, 2.x wants a dot.
    static func isFull(_ name: String, for release: ContainerdRelease) -> Bool {
        let dots = name.utf8.count { $0 == UInt8(ascii: ".") }
        return dots >= (release.isFirstLine ? 3 : 1)
    }
}
