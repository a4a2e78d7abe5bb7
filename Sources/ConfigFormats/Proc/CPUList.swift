/// A list of processors as the kernel prints it, such as `0-3,5`.
///
/// - Source: kernel, Documentation/admin-guide/cputopology.rst and `lib/bitmap-str.c` (`bitmap_parselist`).
package struct CPUList: Equatable, Sendable {
    /// The numbers of the processors.
    package let processors: Set<Int>

    /// No kernel is built for more processors than this (`CONFIG_NR_CPUS`), so a longer list is not a kernel's.
    private static let limit = 8192

    /// Reads a list; an empty one, as of a mask with no processor in it, is a list of none.
    ///
    /// - Throws: when it is not as the kernel writes it.
    package init(parsing text: some StringProtocol) throws(ParseError) {
        var processors: Set<Int> = []
        let words = text.textLines().first ?? ""
        for part in words.split(separator: ",") {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Self.number($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last
            else { throw ParseError(line: 1, "expected a list of processors such as 0-3,5") }
            processors.formUnion(first...last)
        }
        self.processors = processors
    }

    private static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
            number < limit
        else { return nil }
        return number
    }
}
