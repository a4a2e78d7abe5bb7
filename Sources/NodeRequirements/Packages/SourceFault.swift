internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// What in apt's sources stops all of apt, or makes every update fail.
package enum SourceFault: Equatable, Sendable {
    /// Two entries of one repository that name different keys, or only one of which is trusted without a signature.
    case conflict(option: String, address: String, first: Evidence, second: Evidence)
    /// An entry of a disc, which `apt-get update` cannot fetch.
    case disc(address: String, entry: Evidence)

    /// The faults of entries in the order in which apt reads them.
    ///
    /// Before apt 3 an entry without Signed-By behind one with it is a conflict as well; in the other order it is none for
    /// any apt, and takes the key of the later one.
    /// - Source: apt 2.6 and 3.0 `apt-pkg/deb/debmetaindex.cc` (`GetDebReleaseIndexBy`, `SetSignedBy`, `SetTrusted`): a
    ///   repository is an address without its scheme and user, and a suite. apt `apt-pkg/acquire-item.cc` for `cdrom`.
    static func all(in entries: [AptEntry], isBeforeApt3: Bool = false) -> [SourceFault] {
        var signers: [String: (AptSources.SignedBy, Evidence)] = [:]
        var trust: [String: (Bool, Evidence)] = [:]
        var faults: [SourceFault] = []
        for entry in entries {
            for address in entry.entry.addresses {
                if address.lowercased().hasPrefix("cdrom:") {
                    faults.append(.disc(address: address, entry: entry.evidence))
                    continue
                }
                for suite in entry.entry.suites {
                    let repository = "\(place(of: address)) \(suite)"
                    if let signedBy = entry.entry.signedBy {
                        if let (other, first) = signers[repository], other != signedBy {
                            faults.append(
                                .conflict(
                                    option: "Signed-By", address: address, first: first, second: entry.evidence))
                        }
                        signers[repository] = signers[repository] ?? (signedBy, entry.evidence)
                    } else if isBeforeApt3, let (_, first) = signers[repository] {
                        faults.append(
                            .conflict(option: "Signed-By", address: address, first: first, second: entry.evidence))
                    }
                    if let (other, first) = trust[repository], other != entry.entry.isTrusted {
                        faults.append(
                            .conflict(option: "Trusted", address: address, first: first, second: entry.evidence))
                    }
                    trust[repository] = trust[repository] ?? (entry.entry.isTrusted, entry.evidence)
                }
            }
        }
        // One entry with several suites has one fault, not one for each.
        return faults.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The address without its scheme and user, which are no part of a repository's file names.
    private static func place(of address: String) -> String {
        guard let colon = address.utf8.firstIndex(of: UInt8(ascii: ":")) else { return address }
        let rest = address[colon...].dropFirst().drop { $0 == "/" }
        let authority = rest.prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return String(rest) }
        return String(rest[rest.index(after: at)...])
    }

    /// How it is told.
    var finding: Finding {
        switch self {
        case .conflict(let option, let address, let first, let second):
            Finding(
                "conflicting-sources", expected: "one value of \(option) for each repository",
                actual:
                    "\(Self.text(first)) and \(Self.text(second)) have different values of \(option) for \(address)",
                why: "apt then reads none of its sources: Conflicting values set for option \(option)",
                remedy: "disable one of the two entries: # in front of a line, or Enabled: no in a stanza",
                manual: ["sudoedit '\(second.path)'", "sudo apt-get update"], evidence: [first, second])
        case .disc(let address, let entry):
            Finding(
                "cdrom-source", expected: "every source can be fetched",
                actual: "\(Self.text(entry)) names a disc: \(address)",
                why: "apt-get update cannot fetch from a disc, so every update ends with an error",
                remedy: "disable the entry: # in front of the line, or Enabled: no in the stanza",
                manual: [
                    AptSourceFiles.style(of: entry.path) == .oneLine
                        ? "sudo sed -i '\\|^ *deb.*cdrom:|s/^/# /' '\(entry.path)'" : "sudoedit '\(entry.path)'",
                    "sudo apt-get update",
                ], evidence: [entry])
        }
    }

    private static func text(_ place: Evidence) -> String {
        place.line.map { "\(place.path):\($0)" } ?? "\(place.path)"
    }
}
