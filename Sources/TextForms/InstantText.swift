/// An instant or a day in text.
package enum InstantText {
    /// RFC 3339 in UTC with microseconds, of an instant that lies `microseconds` after 1970; one before is shown as 1970.
    package static func rfc3339(_ microseconds: Int) -> String {
        let microseconds = max(microseconds, 0)
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let inDay = seconds % 86400
        let time = [inDay / 3600, inDay / 60 % 60, inDay % 60].map { padded($0, to: 2) }.joined(separator: ":")
        return "\(day(microseconds))T\(time).\(padded(rest, to: 6))Z"
    }

    /// The day in UTC, `YYYY-MM-DD`.
    ///
    /// The calendar is counted in years that begin in March, so that the leap day ends them.
    package static func day(_ microseconds: Int) -> String {
        let days = max(microseconds, 0) / 86_400_000_000 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return
            "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(dayOfYear - (153 * marchMonth + 2) / 5 + 1, to: 2))"
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
