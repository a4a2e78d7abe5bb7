/// The name in /etc/hostname, as it is written and as systemd makes use of it.
///
/// - Source: hostname(5); systemd `src/shared/hostname-setup.c` (`read_etc_hostname_stream`) and
///   `src/basic/hostname-util.c` (`hostname_cleanup`), versions 249 to 257.
package struct HostnameFile: Sendable, Equatable {
    /// The line that names the host, counted from 1; `nil` when no line does.
    package let line: Int?

    /// The name as written, blanks and carriage return around it taken off; `nil` when there is none.
    ///
    /// Whatever stands on the line belongs to it: a comment after the name does too.
    package let name: String?

    /// The name that systemd sets at boot: other characters than letters, digits, hyphens and single dots dropped, cut at 64.
    ///
    /// It is `nil` when there is no name, or when nothing is left of it; systemd takes the file for absent then.
    package var bootName: String? { name.flatMap(Self.cleaned) }

    /// Reads a whole file: the first line that is neither blank nor a `#` comment counts.
    package init(parsing text: String) {
        for line in text.numberedLines {
            let stripped = line.text.stripped
            guard let first = stripped.utf8.first, first != .numberSign else { continue }
            self.line = line.number
            name = String(stripped)
            return
        }
        line = nil
        name = nil
    }

    private static func cleaned(_ name: String) -> String? {
        let dot = UInt8(ascii: ".")
        let hyphen = UInt8(ascii: "-")
        var kept: [UInt8] = []
        // Before the first label the state is that after a dot.
        var last = dot
        for byte in name.utf8 where kept.count < 64 {
            switch byte {
            case dot where last != dot && last != hyphen: kept.append(byte)
            case hyphen where last != dot: kept.append(byte)
            case _ where byte.isDigit || (0x61...0x7A).contains(byte | 0x20): kept.append(byte)
            default: continue
            }
            last = byte
        }
        while kept.last == dot || kept.last == hyphen { kept.removeLast() }
        return kept.isEmpty ? nil : String(decoding: kept, as: UTF8.self)
    }
}

/// What a host name must look like to become a node's name.
///
/// - Source: RFC 1123, 2.1; kubeadm `cmd/kubeadm/app/util/config/common.go`, which lower-cases it.
package enum HostName {
    /// What is wrong with a name.
    package enum Flaw: Sendable, Equatable {
        /// It would be right in lower case.
        case notLowercase
        /// It is none that a node may have, for this reason.
        case malformed(String)
    }

    /// The first flaw of a name; `nil` when it has none.
    package static func flaw(of name: String) -> Flaw? {
        let lower = name.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        guard !lower.isEmpty else { return .malformed("it is empty") }
        guard lower.count <= 253 else { return .malformed("it has more than 253 characters") }
        if lower.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            return .malformed("it has a control character in it")
        }
        for label in lower.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard !label.isEmpty else { return .malformed("it has an empty label") }
            guard label.count <= 63 else { return .malformed("a label has more than 63 characters") }
            guard label.allSatisfy({ $0.isDigit || (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-") }) else {
                return .malformed("it has other characters than letters, digits and hyphens")
            }
            guard label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-") else {
                return .malformed("a label begins or ends with a hyphen")
            }
        }
        let local = ["localhost", "localhost4", "localhost6"]
        let text = String(decoding: lower, as: UTF8.self)
        if (local + local.map { $0 + ".localdomain" } + ["localhost4.localdomain4", "localhost6.localdomain6"])
            .contains(text)
        {
            return .malformed("it is the name of every machine's loopback")
        }
        return lower.elementsEqual(name.utf8) ? nil : .notLowercase
    }

    /// Whether it is the name that an installer or a vendor gives to every machine.
    package static func isCommon(_ name: String) -> Bool { ["debian", "ubuntu", "nuc"].contains(name) }
}
