/// Clocks of many nodes against their median.
package struct ClockComparison: Equatable, Sendable {
    /// How far one clock is off.
    package struct Deviation: Equatable, Sendable {
        package var node: String
        /// Signed, in microseconds.
        package var offsetUs: Int
        /// Half the round trip of its reading.
        package var errorUs: Int

        /// What is certain: the offset less its error bar, at least 0.
        package var certainUs: Int { max(0, abs(offsetUs) - errorUs) }
    }

    /// Beyond this error bar an offset is not judged.
    package static let widestErrorUs = 1_000_000

    /// One for each reading, in their order.
    package let deviations: [Deviation]

    /// Compares readings.
    ///
    /// Of two clocks nobody can say which is wrong: both are off by the whole difference.
    package init(_ readings: [(node: String, clock: ClockReading)]) {
        let sorted = readings.map(\.clock.offsetUs).sorted()
        deviations = readings.map { node, clock in
            let reference: Int
            if readings.count == 2 {
                reference = sorted[0] == clock.offsetUs ? sorted[1] : sorted[0]
            } else {
                let middle = sorted.count / 2
                reference = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
            }
            return Deviation(node: node, offsetUs: clock.offsetUs - reference, errorUs: clock.errorUs)
        }
    }

    /// An offset as people read it: `+0.0 ms`, `-3.1 ms`, `+12 s`.
    package static func text(_ offsetUs: Int) -> String {
        let sign = offsetUs < 0 ? "-" : "+"
        let size = abs(offsetUs)
        if size >= 10_000_000 { return "\(sign)\(size / 1_000_000) s" }
        if size >= 1_000_000 { return "\(sign)\(size / 1_000_000).\(size / 100_000 % 10) s" }
        if size >= 10_000 { return "\(sign)\(size / 1000) ms" }
        return "\(sign)\(size / 1000).\(size / 100 % 10) ms"
    }
}
