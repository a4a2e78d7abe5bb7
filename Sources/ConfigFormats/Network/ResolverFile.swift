/// The nameservers of `/etc/resolv.conf`.
///
/// - Source: resolv.conf(5): the keyword begins the line, white space follows it.
package struct ResolverFile: Equatable, Sendable {
    /// One nameserver.
    package struct Server: Equatable, Sendable {
        /// As it is written: an address, for IPv6 with a zone perhaps.
        package let address: String
        /// Counted from 1.
        package let line: Int
    }

    /// The nameservers in the order of the file.
    package let servers: [Server]

    /// Reads a whole file; other lines say nothing here.
    package init(parsing text: String) {
        servers = text.numberedLines.compactMap { line in
            let words = line.text.split { $0 == " " || $0 == "\t" }
            guard words.count >= 2, words[0] == "nameserver" else { return nil }
            return Server(address: String(words[1]), line: line.number)
        }
    }
}
