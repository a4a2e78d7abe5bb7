/// An instant as the wire writes it: RFC 3339, UTC, microseconds.
package enum UTCTime {
    /// The text of an instant that lies `microseconds` after 1970; one before is shown as 1970.
    package static func text(microseconds: Int) -> String {
        let instant = min(max(microseconds, 0), 1 << 53)
        let (day, rest) = instant.quotientAndRemainder(dividingBy: 86_400_000_000)
        let (year, month, dayOfMonth) = date(day)
        let seconds = rest / 1_000_000
        let time = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { padded($0, 2) }.joined(separator: ":")
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
        return "\(date)T\(time).\(padded(rest % 1_000_000, 6))Z"
    }

    /// The date `days` after 1970-01-01, counted year by year and month by month.
    private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
        var left = days
        var year = 1970
        while true {
            let length = isLeap(year) ? 366 : 365
            if left < length { break }
            left -= length
            year += 1
        }
        var month = 1
        for length in [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if left < length { break }
            left -= length
            month += 1
        }
        return (year, month, left + 1)
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
