internal import NodeState

/// A version of Kubernetes such as `1.28.1`, or a package's such as `1.28.1-1.1`.
struct KubernetesRelease: Equatable, Comparable, Sendable {
    var major: Int
    var minor: Int
    var patch: Int

    /// Reads it; `nil` for anything that does not begin with three numbers.
    ///
    /// A `v` in front and what follows the third number are passed over.
    init?(_ text: String) {
        let numbers = text.drop { $0 == "v" }.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard numbers.count == 3, let major = Int(numbers[0]), let minor = Int(numbers[1]),
            let patch = Int(numbers[2].prefix { $0.isASCII && $0.isNumber })
        else { return nil }
        (self.major, self.minor, self.patch) = (major, minor, patch)
    }

    static func < (one: KubernetesRelease, other: KubernetesRelease) -> Bool {
        (one.major, one.minor, one.patch) < (other.major, other.minor, other.patch)
    }

    /// Without the patch.
    var line: String { "\(major).\(minor)" }
}
