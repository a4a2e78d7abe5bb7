import NodeTesting

@testable import NodeAPI

/// Any JSON, to be changed leaf by leaf.
enum JSONValue: Codable, Equatable, Sendable {
    case null
    case bool(Bool)
    case number(Int)
    case string(String)
    case list([JSONValue])
    case object([String: JSONValue])

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let keyed = try? decoder.container(keyedBy: Key.self) {
            var members: [String: JSONValue] = [:]
            for key in keyed.allKeys { members[key.stringValue] = try keyed.decode(JSONValue.self, forKey: key) }
            self = .object(members)
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else {
            self = .list(try container.decode([JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let members):
            var container = encoder.container(keyedBy: Key.self)
            for (name, value) in members { try container.encode(value, forKey: Key(stringValue: name)) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .number(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .string(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .list(let values):
            var container = encoder.singleValueContainer()
            try container.encode(values)
        }
    }

    /// Every way to change one place of it: the path of the place, what was done, and the whole with the change.
    func mutations(_ path: String = "") -> [(path: String, what: String, value: JSONValue)] {
        var found = replacements.map { (path, "becomes \($0.short)", $0) }
        switch self {
        case .object(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                let place = path.isEmpty ? name : "\(path).\(name)"
                var without = members
                without[name] = nil
                found.append((place, "is left out", .object(without)))
                for (inner, what, value) in member.mutations(place) {
                    var changed = members
                    changed[name] = value
                    found.append((inner, what, .object(changed)))
                }
            }
        case .list(let values):
            for (index, element) in values.enumerated() {
                var without = values
                without.remove(at: index)
                found.append(("\(path)[]", "is left out", .list(without)))
                found.append(("\(path)[]", "stands twice", .list(values + [element])))
                // The elements of a long list are alike: one is enough.
                guard index == 0 else { continue }
                for (inner, what, value) in element.mutations("\(path)[]") {
                    var changed = values
                    changed[index] = value
                    found.append((inner, what, .list(changed)))
                }
            }
        case .null, .bool, .number, .string: break
        }
        return found
    }

    /// Other values for a leaf.
    private var replacements: [JSONValue] {
        switch self {
        case .null: [.string("x"), .number(1)]
        case .bool(let value): [.bool(!value), .null]
        case .number(let value): [.number(value + 1), .number(-1), .null, .string("1")]
        case .string(let text): (Self.words + [text + "x", ""]).filter { $0 != text }.map(JSONValue.string) + [.null]
        case .list, .object: []
        }
    }

    /// The closed words of a status, and some that are in none of its sets.
    private static let words = [
        "met", "unmet", "unknown", "blocked", "waived", "not_applicable", "error", "warning", "info", "proven",
        "predicted", "none", "enforce", "observe", "starting", "running", "degraded", "stopping", "fresh", "prepared",
        "initialised", "joined", "leftover", "control_plane", "worker", "go", "go_with_warnings", "no_go", "incomplete",
        "init", "join", "boot", "event", "backstop", "request", "perhaps", "swap-off",
    ]

    private var short: String { String("\(self)".prefix(40)) }
}
