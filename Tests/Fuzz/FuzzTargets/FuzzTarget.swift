/// A reader of bytes that a stranger may have written, and what must hold whatever they are.
package struct FuzzTarget: Sendable {
    /// What must hold, and does not.
    package struct Broken: Error, CustomStringConvertible {
        package let description: String

        init(_ description: String) { self.description = description }
    }

    /// The name, which is that of its folder below `Tests/Fuzz/corpus`.
    package let name: String

    private let check: @Sendable ([UInt8]) throws(Broken) -> Void

    init(_ name: String, _ check: @escaping @Sendable ([UInt8]) throws(Broken) -> Void) {
        self.name = name
        self.check = check
    }

    /// Reads `bytes`; a refusal is an answer like any other.
    ///
    /// - Throws: the property that does not hold.
    package func run(_ bytes: [UInt8]) throws(Broken) { try check(bytes) }

    /// All of them, in the order of running.
    package static let all = wire + files + edits + packages
}

/// Throws unless something holds.
func expect(_ holds: Bool, _ property: @autoclosure () -> String) throws(FuzzTarget.Broken) {
    guard holds else { throw FuzzTarget.Broken(property()) }
}

/// What `body` gives or throws, as a value; properties are then judged outside of it.
func result<Value, Failure: Error>(_ body: () throws(Failure) -> Value) -> Result<Value, Failure> {
    do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
}

/// The lines of a text as an editor counts them.
func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] { bytes.split(separator: 10, omittingEmptySubsequences: false) }

/// Whether `part` is what is left of `whole` when lines are taken out of it.
func isPart(_ part: [ArraySlice<UInt8>], of whole: [ArraySlice<UInt8>]) -> Bool {
    var rest = part[...]
    for line in whole where rest.first == line { rest = rest.dropFirst() }
    return rest.isEmpty
}

func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
