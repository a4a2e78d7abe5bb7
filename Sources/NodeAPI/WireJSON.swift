internal import FoundationEssentials

/// JSON as the API writes it: sorted keys, `/` not escaped, absent values as `null`.
package enum WireJSON {
    /// The bytes of `body`.
    ///
    /// The bodies of this module hold nothing that JSON cannot write; should one ever do so, the answer is an empty object.
    package static func encode(_ body: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return (try? encoder.encode(body)).map(Array.init) ?? Array("{}".utf8)
    }

    /// The value in `bytes`, which may come from a stranger.
    ///
    /// - Throws: `WireError.tooLarge` past a limit of `WireLimits`, else `.malformed` with what does not fit.
    package static func decode<Body: Decodable>(_ type: Body.Type, from bytes: [UInt8]) throws(WireError) -> Body {
        try WireLimits.check(bytes)
        try MemberNames.check(bytes)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw .malformed(error.place)
        } catch {
            throw .malformed("it is not JSON")
        }
    }
}

/// Why bytes are no body of ours.
package enum WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A limit was passed.
    case tooLarge(String)
    /// Not JSON, or not of this shape.
    case malformed(String)

    package var description: String {
        switch self {
        case .tooLarge(let what): "cannot read the answer: \(what)"
        case .malformed(let what): "cannot read the answer: \(what)"
        }
    }
}

extension DecodingError {
    fileprivate var place: String {
        switch self {
        case .keyNotFound(let key, let context): "\(Self.path(context, key)) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(Self.path(context)) has another type"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "it is not JSON" : "\(Self.path(context)) has a value that is not known"
        @unknown default: "it does not fit"
        }
    }

    private static func path(_ context: Context, _ key: (any CodingKey)? = nil) -> String {
        let keys = context.codingPath + (key.map { [$0] } ?? [])
        return keys.isEmpty
            ? "the whole" : keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}

/// An optional that is written as `null`, never left out, and read as `nil` from either.
@propertyWrapper package struct OrNull<Value: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
    package var wrappedValue: Value?

    /// The wrapper around `wrappedValue`.
    package init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    /// Reads a value or `null`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
    }

    /// Writes a value or `null`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

/// A list that is read as empty where it is absent, as in a body of an earlier release.
@propertyWrapper package struct OrEmpty<Value: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
    package var wrappedValue: [Value]

    /// The wrapper around `wrappedValue`.
    package init(wrappedValue: [Value]) { self.wrappedValue = wrappedValue }

    /// Reads a list.
    package init(from decoder: any Decoder) throws {
        wrappedValue = try decoder.singleValueContainer().decode([Value].self)
    }

    /// Writes the list.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue)
    }
}

extension KeyedDecodingContainer {
    /// Reads an absent key as an empty list; found by the synthesised decoders of this module's bodies.
    package func decode<Value>(_ type: OrEmpty<Value>.Type, forKey key: Key) throws -> OrEmpty<Value> {
        try decodeIfPresent(type, forKey: key) ?? OrEmpty(wrappedValue: [])
    }

    /// Reads an absent key as `nil`; found by the synthesised decoders of this module's bodies.
    package func decode<Value>(_ type: OrNull<Value>.Type, forKey key: Key) throws -> OrNull<Value> {
        try decodeIfPresent(type, forKey: key) ?? OrNull(wrappedValue: nil)
    }
}
