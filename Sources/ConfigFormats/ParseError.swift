/// Why a text is not what its format says, and where.
///
/// It knows no file name: whoever read the text puts that in front (`file:line:column: problem`).
package struct ParseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The line, counted from 1.
    package let line: Int

    /// The column, counted from 1 in Unicode scalars; `nil` in formats that are read line by line.
    package let column: Int?

    /// What was expected or found there: lower case, no period.
    package let problem: String

    /// Whether it is a limit of ours that the text passes: its own reader may take it.
    package let isLimit: Bool

    /// Names the place and the problem.
    package init(line: Int, column: Int? = nil, _ problem: String, isLimit: Bool = false) {
        self.line = line
        self.column = column
        self.problem = problem
        self.isLimit = isLimit
    }

    package var description: String {
        guard let column else { return "line \(line): \(problem)" }
        return "line \(line), column \(column): \(problem)"
    }
}
