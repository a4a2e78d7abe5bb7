import Testing

@testable import Fleet
@testable import NodeAPI

@Suite("Texts that many nodes say alike")
struct SharedTextsTests {
    @Test("what is shared says the same")
    func same() {
        let texts = SharedTexts()
        let one = Samples.status("nuc02").requirements
        let other = Samples.status("nuc03", requirements: one.reversed()).requirements
        #expect(texts.sharing(one) == one)
        #expect(texts.sharing(other) == other)
    }

    @Test("a long text and a list of two nodes are one in memory")
    func shared() {
        let texts = SharedTexts()
        // Made at run time, so that each has memory of its own.
        let long = { ["a title", "of some length"].joined(separator: " ") }
        let bodies = (0..<2).map { _ in
            var body = Samples.requirement("swap-off")
            body.title = long()
            body.phases = ["init", "join"].map { $0 + "" }
            return texts.sharing([body])[0]
        }
        #expect(address(bodies[0].title) == address(bodies[1].title))
        let lists = bodies.map { unsafe $0.phases.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) } }
        #expect(lists[0] == lists[1])
    }

    private func address(_ text: String) -> Int? {
        unsafe text.utf8.withContiguousStorageIfAvailable { Int(bitPattern: $0.baseAddress) }
    }
}
