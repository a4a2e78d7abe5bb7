/// The proxy variables of a process's environment, as Go's programs take them.
///
/// - Source: Go, golang.org/x/net/http/httpproxy `proxy.go` (`FromEnvironment`, `useProxy`); Kubernetes apimachinery
///   `pkg/util/net/http.go` (`NewProxierWithNoProxyCIDR`).
package struct ProxySettings: Equatable, Sendable {
    /// The value of `HTTPS_PROXY` or `https_proxy`; empty means no proxy.
    package let secure: String
    /// The entries of `NO_PROXY` or `no_proxy`.
    package let exceptions: [String]

    /// The settings in these variables; the names in upper case come first.
    package init(_ variables: [String: String]) {
        let value = { (name: String) in
            [variables[name], variables[name.lowercased()]].compactMap { $0 }.first { !$0.isEmpty } ?? ""
        }
        secure = value("HTTPS_PROXY")
        exceptions = value("NO_PROXY").split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }
            .filter { !$0.isEmpty }
    }

    /// Whether a connection to `address` over TLS goes through the proxy.
    package func isUsed(for address: IPAddress) -> Bool {
        guard !secure.isEmpty, !address.isLoopback else { return false }
        return !exceptions.contains { entry in
            if entry == "*" { return true }
            if let network = IPNetwork(entry) { return network.contains(address) }
            // An entry may name a port behind the address; the address alone is compared here.
            let host = entry.hasPrefix("[") ? String(entry.dropFirst().prefix { $0 != "]" }) : entry
            return IPAddress(host) == address || IPAddress(host.prefix { $0 != ":" }) == address
        }
    }
}

/// Variables as `/etc/environment` sets them.
///
/// - Source: pam_env(8), `envfile`: `KEY=VALUE` lines, `export` in front and quotes around the value left out.
package struct EnvironmentLines: Equatable, Sendable {
    /// The last value of each name, and the line that sets it.
    package let values: [String: (value: String, line: Int)]

    /// Reads a whole file; what is no assignment says nothing.
    package init(parsing text: String) {
        var values: [String: (value: String, line: Int)] = [:]
        for line in text.numberedLines {
            var words = Substring(line.text.stripped)
            guard !words.hasPrefix("#") else { continue }
            if words.hasPrefix("export ") { words = words.dropFirst("export ".count) }
            let parts = words.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else { continue }
            var value = parts[1].stripped
            if let quote = value.first, quote == "\"" || quote == "'" {
                value = value.dropFirst()
                if value.last == quote { value = value.dropLast() }
            }
            values[String(parts[0].stripped)] = (String(value), line.number)
        }
        self.values = values
    }

    package static func == (one: EnvironmentLines, other: EnvironmentLines) -> Bool {
        one.values.mapValues(\.value) == other.values.mapValues(\.value)
    }
}
