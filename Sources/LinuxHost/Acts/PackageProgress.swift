internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// How far apt has come with an order, by what it writes on its status descriptor among its errors.
///
/// - Source: apt, doc/progress-reporting.md: `dlstatus:` and `pmstatus:`, each with a name, a percentage and words.
package enum PackageProgress {
    /// What the unit writes, see `nucprep-provision.service`.
    private static let log = "out/provision"
    /// The kinds of lines, with what the percentage is of.
    private static let kinds = [("dlstatus:", "downloaded"), ("pmstatus:", "installed")]

    /// How far `change` has come, such as `43 % downloaded`; `nil` when that is not told.
    package static func of(_ change: Change) -> String? {
        guard case .installPackages = change, let bytes = StateFolder("/run/nucprep").read(log) else { return nil }
        return text(in: String(decoding: bytes, as: UTF8.self))
    }

    /// The last line that tells it.
    static func text(in log: String) -> String? {
        for line in log.textLines().reversed() {
            guard let (kind, word) = kinds.first(where: { line.hasPrefix($0.0) }) else { continue }
            let parts = line.dropFirst(kind.count).split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
            // The name of a package may be followed by its architecture, which has a colon before it.
            let percentages = parts.dropFirst().prefix(2).compactMap { Double($0) }
            guard let percentage = percentages.first, 0...100 ~= percentage else { return nil }
            return "\(Int(percentage)) % \(word)"
        }
        return nil
    }

    /// What apt said, without the lines of its progress.
    static func errors(in log: String) -> String {
        log.textLines(keepingEmpty: true).filter { line in
            !kinds.contains { line.hasPrefix($0.0) }
        }.joined(separator: "\n")
    }
}
