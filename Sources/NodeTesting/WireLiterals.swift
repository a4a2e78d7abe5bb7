package import NodeAPI

// A test writes a word as it stands in a body, so that what it expects is what a client reads; the program never does.

extension WireWord where Self: ExpressibleByStringLiteral {
    package init(stringLiteral word: String) { self.init(rawValue: word) }
}

extension WireVerdict: ExpressibleByStringLiteral {}
extension WireSeverity: ExpressibleByStringLiteral {}
extension WireHorizon: ExpressibleByStringLiteral {}
extension WireLifecycle: ExpressibleByStringLiteral {}
extension WireRole: ExpressibleByStringLiteral {}
extension WireReadiness: ExpressibleByStringLiteral {}
