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
