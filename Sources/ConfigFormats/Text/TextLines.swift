extension StringProtocol {
    /// The lines of a text as programs of Linux see them: each ends at a line feed, and a carriage return in front of that, as
    /// editors of Windows leave it, is no part of the line.
    ///
    /// Swift's own characters are of no use for it: a carriage return and a line feed are one of them, so that `split` at "\n"
    /// finds no end of line in such a file.
    /// - Parameter keepingEmpty: whether empty lines are in the result, as they are when lines are counted.
    /// - Returns: the lines in order; with `keepingEmpty` a text that ends with a line feed has an empty one at its end.
    package func textLines(keepingEmpty: Bool = false) -> [Substring] {
        let lines = Substring(self).utf8.split(separator: .lineFeed, omittingEmptySubsequences: false)
        return lines.compactMap { bytes in
            let line = bytes.last == .carriageReturn ? bytes.dropLast() : bytes
            return line.isEmpty && !keepingEmpty ? nil : Substring(line)
        }
    }
}
