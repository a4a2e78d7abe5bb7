internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// What the kubelet of this node is told, by a flag or by its configuration; a flag counts before the file.
///
/// Before init or join nothing is taken from `/var/lib/kubelet/config.yaml`: kubeadm writes it anew.
/// - Source: kubernetes.io, "Set Kubelet Parameters Via A Configuration File"; kubeadm cmd/kubeadm/app/phases/kubelet.
struct KubeletSettings: Equatable, Sendable {
    /// A value with the place that says it.
    struct Setting: Equatable, Sendable {
        var value: String
        var evidence: Evidence
        /// Whether it is a flag.
        var isFlag: Bool
    }

    /// The configuration that kubeadm writes.
    static let kubeadms: FilePath = "/var/lib/kubelet/config.yaml"

    var cgroupDriver: Setting?
    var failSwapOn: Setting?
    var protectKernelDefaults: Setting?

    /// What the answer rests on.
    static let inputs: [Input] = KubeletCommand.inputs + LifecycleRule.evidence

    /// Reads the command line, and the file where it counts.
    static func read(_ host: HostView) async throws(ObservationError) -> KubeletSettings {
        let command = try await KubeletCommand.read(host)
        var settings = KubeletSettings()
        let path = command.flag("config")?.value.map { FilePath($0) } ?? kubeadms
        var isBelieved = path != kubeadms
        if !isBelieved {
            let membership = try await LifecycleRule.membership(of: host)
            isBelieved = membership == .initialised || membership == .joined
        }
        if isBelieved, let text = try await host.files.text(at: path) {
            settings.cgroupDriver = scalar("cgroupDriver", in: text, path)
            settings.failSwapOn = scalar("failSwapOn", in: text, path)
            settings.protectKernelDefaults = scalar("protectKernelDefaults", in: text, path)
        }
        if let flag = command.flag("cgroup-driver"), let value = flag.value {
            settings.cgroupDriver = Setting(value: value, evidence: flag.evidence, isFlag: true)
        }
        if let flag = command.flag("fail-swap-on") {
            settings.failSwapOn = Setting(value: flag.value ?? "true", evidence: flag.evidence, isFlag: true)
        }
        if let flag = command.flag("protect-kernel-defaults") {
            settings.protectKernelDefaults = Setting(
                value: flag.value ?? "true", evidence: flag.evidence, isFlag: true)
        }
        return settings
    }

    /// A plain scalar at the top level, as kubeadm writes it.
    private static func scalar(_ key: String, in text: String, _ path: FilePath) -> Setting? {
        for (index, line) in text.textLines(keepingEmpty: true).enumerated()
        where line.hasPrefix("\(key):") {
            let value = line.dropFirst(key.count + 1).prefix { $0 != "#" }
                .filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" }
            return Setting(value: value, evidence: Evidence(path, line: index + 1), isFlag: false)
        }
        return nil
    }

    /// The driver; `nil` when it is not said, or a word that is none.
    var driver: CgroupDriver? { cgroupDriver.flatMap { CgroupDriver(rawValue: $0.value) } }

    /// What tells the kubelet to live with swap; `nil` when nothing does.
    var swapTolerance: Setting? {
        // As Go's strconv.ParseBool reads it.
        failSwapOn.flatMap { ["false", "False", "FALSE", "0", "f", "F"].contains($0.value) ? $0 : nil }
    }
}
