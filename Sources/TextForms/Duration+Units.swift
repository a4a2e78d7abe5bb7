extension Duration {
    /// Whole microseconds, towards zero; the largest or the least number where there are more.
    package var microseconds: Int { whole(in: 1_000_000) }

    /// Whole milliseconds, towards zero; the largest or the least number where there are more.
    package var milliseconds: Int { whole(in: 1000) }

    private func whole(in unitsOfSecond: Int64) -> Int {
        let (seconds, attoseconds) = components
        let (product, overflows) = seconds.multipliedReportingOverflow(by: unitsOfSecond)
        // Both parts have the same sign.
        let (sum, isOver) = product.addingReportingOverflow(attoseconds / (1_000_000_000_000_000_000 / unitsOfSecond))
        return overflows || isOver ? (seconds < 0 ? .min : .max) : Int(sum)
    }
}
