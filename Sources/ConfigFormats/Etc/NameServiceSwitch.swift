/// nsswitch.conf(5): which services answer for a database, in which order.
///
/// - Source: nsswitch.conf(5); glibc `nss/nss_database.c` (`process_line`).
package struct NameServiceSwitch: Sendable, Equatable {
    /// The line of one database.
    package struct Database: Sendable, Equatable {
        /// The line's number, counted from 1.
        package let line: Int

        /// The services in order; what they do with an outcome, in brackets, is left out.
        package let services: [String]
    }

    /// The databases by name; of two lines for one the last counts.
    package let databases: [String: Database]

    /// Reads a whole file: `name: service …` a line, `#` begins a comment anywhere.
    package init(parsing text: String) {
        var databases: [String: Database] = [:]
        for line in text.numberedLines {
            let bytes = line.text.utf8.prefix { $0 != .numberSign }.drop(while: \.isCSpace)
            let name = bytes.prefix { !$0.isCSpace && $0 != UInt8(ascii: ":") }
            let rest = bytes.dropFirst(name.count)
            guard !name.isEmpty, !rest.isEmpty else { continue }
            databases[String(Substring(name))] = Database(line: line.number, services: Self.services(rest.dropFirst()))
        }
        self.databases = databases
    }

    private static func services(_ bytes: Substring.UTF8View) -> [String] {
        var services: [String] = []
        var word: [UInt8] = []
        var isInBrackets = false
        for byte in Array(bytes) + [.space] {
            if isInBrackets {
                isInBrackets = byte != UInt8(ascii: "]")
            } else if byte == UInt8(ascii: "[") || byte.isCSpace || byte == UInt8(ascii: ":") {
                if !word.isEmpty { services.append(String(decoding: word, as: UTF8.self)) }
                word = []
                isInBrackets = byte == UInt8(ascii: "[")
            } else {
                word.append(byte)
            }
        }
        return services
    }
}
