internal import ConfigFormats
internal import Testing

@Suite("TOML positions")
struct TOMLPositionsTests {
    private static let text = """
        # name = "not here"
        title = \"""
        [nodes]
        name = "nor here"
        \"""
        a."b.c".d = 1

        [policy]
        consent = ["restart", { x = 2, "y" = 3 }]
          mode   =   "enforce"

        [[nodes]]
        name = "nuc01"
        [[nodes]]
          name = "nuc02"
        [nodes.inner.deep]
        k = 1
        """

    private func path(_ steps: TOMLPath.Step...) -> TOMLPath { TOMLPath(steps) }

    @Test("lead to keys and values, whatever is inside strings and comments")
    func plain() throws {
        let positions = try TOMLText(parsing: Self.text).positions
        func key(_ steps: TOMLPath.Step...) -> [Int]? {
            positions.key(at: TOMLPath(steps)).map { [$0.line, $0.column] }
        }
        func value(_ steps: TOMLPath.Step...) -> [Int]? {
            positions.value(at: TOMLPath(steps)).map { [$0.line, $0.column] }
        }
        #expect(key(.key("title")) == [2, 1])
        #expect(value(.key("title")) == [2, 9])
        #expect(key(.key("a"), .key("b.c"), .key("d")) == [6, 9])
        #expect(key(.key("a"), .key("b.c")) == [6, 3])
        #expect(key(.key("policy")) == [8, 2])
        #expect(key(.key("policy"), .key("mode")) == [10, 3])
        #expect(value(.key("policy"), .key("mode")) == [10, 14])
        #expect(value(.key("policy"), .key("consent"), .index(0)) == [9, 12])
        #expect(key(.key("policy"), .key("consent"), .index(1), .key("y")) == [9, 32])
        #expect(key(.key("nodes")) == [12, 3])
        #expect(key(.key("nodes"), .index(1)) == [14, 3])
        #expect(key(.key("nodes"), .index(1), .key("name")) == [15, 3])
        #expect(key(.key("nodes"), .index(1), .key("inner")) == [16, 8])
        #expect(key(.key("nodes"), .index(1), .key("inner"), .key("deep"), .key("k")) == [17, 1])
        #expect(key(.key("nodes"), .index(2)) == nil)
        #expect(key(.key("nodes"), .key("name")) == nil)
        #expect(key(.key("name")) == nil)
    }

    @Test("give every node of the tree a place whose text is its key")
    func complete() throws {
        let text = try TOMLText(parsing: Self.text)
        let lines = Self.text.split(separator: "\n", omittingEmptySubsequences: false)
        var count = 0
        func walk(_ node: TOMLNode, _ path: TOMLPath) throws {
            let place = try #require(text.positions.key(at: path))
            _ = try #require(text.positions.value(at: path))
            if case .key(let name) = path.steps.last {
                count += 1
                let found = lines[place.line - 1].dropFirst(place.column - 1)
                #expect(found.hasPrefix(name) || found.hasPrefix("\"\(name)\""), "\(path)")
            }
            switch node {
            case .table(let table): for key in table.keys { try walk(try #require(table[key]), path.appending(key)) }
            case .array(let items): for (index, item) in items.enumerated() { try walk(item, path.appending(index)) }
            default: break
            }
        }
        try walk(.table(text.root), TOMLPath())
        #expect(count == 15)
    }

    @Test("write a path as a person does")
    func description() {
        #expect(path(.key("nodes"), .index(1), .key("name")).description == "nodes[1].name")
        #expect(path(.key("plugins"), .key("io.x"), .key("")).description == "plugins.\"io.x\".\"\"")
        #expect(TOMLPath().appending("a").appending(0) == path(.key("a"), .index(0)))
    }
}
