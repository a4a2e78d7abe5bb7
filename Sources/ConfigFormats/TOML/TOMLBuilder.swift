/// A table of a TOML document while it is read.
///
/// A later header may add to it, so it is shared by reference; it never leaves the parser.
final class TOMLBuilder {
    /// What made the table, which decides what may still be added.
    enum Origin {
        /// It was only passed through by a header: `a` in `[a.b]`.
        case implicit

        /// It has its own header, or is the root.
        case header

        /// A dotted key made it: `a` in `a.b = 1`.
        case dotted

        /// It stood in braces and is complete.
        case inline
    }

    /// A value with the place where it begins.
    struct Item {
        var value: Value
        var position: TOMLPosition
    }

    enum Value {
        case scalar(TOMLNode)
        case list([Item])
        case table(TOMLBuilder)

        /// What `[[…]]` headers make.
        case tables(TableList)
    }

    /// The elements of a list that `[[…]]` headers still add to, shared so that adding one copies none.
    final class TableList {
        var elements: [(table: TOMLBuilder, position: TOMLPosition)]

        init(_ elements: [(table: TOMLBuilder, position: TOMLPosition)]) { self.elements = elements }
    }

    var origin: Origin
    private var keys: [String] = []
    private var entries: [String: (key: TOMLPosition, item: Item)] = [:]

    init(_ origin: Origin) { self.origin = origin }

    subscript(key: String) -> Value? { entries[key]?.item.value }

    /// Adds a key that is not there yet, or changes the value of one that is.
    func set(_ key: String, at position: TOMLPosition, to item: Item) {
        if entries[key] == nil { keys.append(key) }
        entries[key] = (entries[key]?.key ?? position, item)
    }

    /// The finished table.
    var table: TOMLTable {
        TOMLTable(keys.compactMap { key in entries[key].map { (key, $0.item.value.node) } })
    }

    /// The places of the finished table.
    func positions(key: TOMLPosition, value: TOMLPosition) -> TOMLPositions.Tree {
        TOMLPositions.Tree(
            key: key, value: value,
            keyed: entries.mapValues { $0.item.value.positions(key: $0.key, value: $0.item.position) })
    }
}

extension TOMLBuilder.Value {
    fileprivate var node: TOMLNode {
        switch self {
        case .scalar(let node): node
        case .list(let items): .array(items.map(\.value.node))
        case .table(let builder): .table(builder.table)
        case .tables(let list): .array(list.elements.map { .table($0.table.table) })
        }
    }

    fileprivate func positions(key: TOMLPosition, value: TOMLPosition) -> TOMLPositions.Tree {
        var tree = TOMLPositions.Tree(key: key, value: value)
        switch self {
        case .scalar: break
        case .list(let items):
            tree.listed = items.map { $0.value.positions(key: $0.position, value: $0.position) }
        case .table(let builder): tree = builder.positions(key: key, value: value)
        case .tables(let list):
            tree.listed = list.elements.map { $0.table.positions(key: $0.position, value: $0.position) }
        }
        return tree
    }
}
