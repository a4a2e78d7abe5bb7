internal import ConfigFormats
internal import NodeEngine
internal import NodeState
internal import SystemPackage

/// The variables that a unit is started with: text of a closed grammar, so that nothing but what is meant can reach a
/// command line that root runs.
///
/// - Source: systemd.exec(5), `EnvironmentFile=`; deb-control(5), `Package`; deb-version(7).
struct OrderFile: Equatable, Sendable {
    private(set) var text = ""

    /// What apt is to install.
    init(installing order: PackageOrder) throws(ChangeError) {
        let words = order.packages.map(\.description)
        guard !words.isEmpty, words.count <= 64 else { throw .refused("cannot order packages: \(words.count) of them") }
        for package in order.packages {
            guard PackageName.isValid(package.name), package.version.map(PackageName.isVersion) ?? true else {
                throw .refused("cannot order \(package): it is no package with a version")
            }
        }
        let allowed =
            (order.allowsDowngrade ? ["--allow-downgrades"] : [])
            + (order.changesHeld ? ["--allow-change-held-packages"] : [])
        set("NUCPREP_ALLOW", allowed)
        set("NUCPREP_PACKAGES", words)
    }

    /// What is to be held.
    init(holding names: [String]) throws(ChangeError) {
        guard !names.isEmpty, names.count <= 64, names.allSatisfy(PackageName.isValid) else {
            throw .refused("cannot hold \(names.joined(separator: " ")): these are no names of packages")
        }
        set("NUCPREP_HOLD", names)
    }

    /// The file that containerd is to judge.
    init(judging candidate: FilePath) throws(ChangeError) {
        let isPlain = candidate.string.utf8.allSatisfy { Self.isWord($0) || "._/~+-".utf8.contains($0) }
        guard isPlain, candidate.isAbsolute, candidate.isLexicallyNormal else {
            throw .refused("cannot have \(candidate) judged: its name cannot be handed on")
        }
        set("NUCPREP_CANDIDATE", [candidate.string])
    }

    /// What is to be downloaded.
    init(fetching url: String) throws(ChangeError) {
        let isPlain = url.utf8.allSatisfy { Self.isWord($0) || ".:/_~%+-".utf8.contains($0) }
        guard isPlain, url.utf8.count <= 2048, url.hasPrefix("https://") || url.hasPrefix("http://") else {
            throw .refused("cannot fetch \(url): it is no plain address of http or https")
        }
        set("NUCPREP_URL", [url])
    }

    /// The processes whose executables are to be told.
    init(lookingAt pids: [Int]) {
        set("NUCPREP_EXECUTABLES", pids.map { "/proc/\($0)/exe" })
        set("NUCPREP_NAMESPACES", pids.map { "/proc/\($0)/ns/mnt" })
    }

    var bytes: [UInt8] { Array(text.utf8) }

    private mutating func set(_ name: String, _ words: [String]) {
        text += "\(name)=\"\(words.joined(separator: " "))\"\n"
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLowerOrDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7A).contains(byte) }
    private static func isWord(_ byte: UInt8) -> Bool { isLowerOrDigit(byte) || (0x41...0x5A).contains(byte) }
}
