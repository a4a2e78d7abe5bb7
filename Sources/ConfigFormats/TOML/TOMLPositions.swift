/// A place in a TOML document: keys and indexes from the root, `nodes[1].name`.
package struct TOMLPath: Sendable, Hashable, CustomStringConvertible {
    /// One step down.
    package enum Step: Sendable, Hashable {
        case key(String)
        case index(Int)
    }

    /// The steps from the root, which has none.
    package let steps: [Step]

    /// Takes the steps from the root.
    package init(_ steps: [Step] = []) { self.steps = steps }

    /// The place of `key` in the table that is here.
    package func appending(_ key: String) -> TOMLPath { TOMLPath(steps + [.key(key)]) }

    /// The place of the element at `index`, counted from 0, of the list that is here.
    package func appending(_ index: Int) -> TOMLPath { TOMLPath(steps + [.index(index)]) }

    /// The path as a person writes it; a key that is not bare stands in quotes.
    package var description: String {
        steps.reduce(into: "") { text, step in
            switch step {
            case .index(let index): text += "[\(index)]"
            case .key(let key):
                let isBare = !key.isEmpty && key.utf8.allSatisfy(\.isBareKeyByte)
                text += (text.isEmpty ? "" : ".") + (isBare ? key : key.debugDescription)
            }
        }
    }
}

/// A line and a column of a text, both counted from 1, the column in Unicode scalars.
package struct TOMLPosition: Sendable, Hashable {
    package let line: Int
    package let column: Int
}

/// Where each key and each value of a TOML document stands.
package struct TOMLPositions: Sendable, Equatable {
    /// Where a node and what is below it stand.
    struct Tree: Sendable, Equatable {
        var key: TOMLPosition
        var value: TOMLPosition
        var keyed: [String: Tree] = [:]
        var listed: [Tree] = []
    }

    let root: Tree

    /// Where the key is that leads to `path`.
    ///
    /// Of a list's element it is the element; of an element of `[[nodes]]` the word `nodes` in its header; of a table
    /// without a header of its own the first place that names it.
    ///
    /// - Returns: `nil` when there is nothing at `path`.
    package func key(at path: TOMLPath) -> TOMLPosition? { tree(at: path)?.key }

    /// Where the value at `path` begins; of a table with a header the same as its key.
    ///
    /// - Returns: `nil` when there is nothing at `path`.
    package func value(at path: TOMLPath) -> TOMLPosition? { tree(at: path)?.value }

    private func tree(at path: TOMLPath) -> Tree? {
        path.steps.reduce(Tree?.some(root)) { tree, step in
            guard let tree else { return nil }
            switch step {
            case .key(let key): return tree.keyed[key]
            case .index(let index): return tree.listed.indices.contains(index) ? tree.listed[index] : nil
            }
        }
    }
}
