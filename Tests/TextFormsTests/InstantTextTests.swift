internal import Testing
internal import TextForms

@Suite("Instants in text")
struct InstantTextTests {
    @Test(
        "a known instant is written as date(1) writes it",
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (951_782_399_000_001, "2000-02-28T23:59:59.000001Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"), (951_868_800_000_000, "2000-03-01T00:00:00.000000Z"),
            (1_709_164_800_000_000, "2024-02-29T00:00:00.000000Z"),
            (1_735_689_599_999_999, "2024-12-31T23:59:59.999999Z"),
            (1_785_326_400_000_000, "2026-07-29T12:00:00.000000Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
            (4_107_456_000_000_000, "2100-02-28T00:00:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"), (-5, "1970-01-01T00:00:00.000000Z"),
        ])
    func known(_ instant: Int, _ text: String) {
        #expect(InstantText.rfc3339(instant) == text)
        #expect(InstantText.day(instant) == String(text.prefix(10)))
    }

    @Test("every day follows the one before, over four centuries")
    func days() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var (year, month, day) = (1970, 1, 1)
        for number in 0..<146_097 {
            let text = InstantText.day(number * 86_400_000_000)
            let parts = text.split(separator: "-").map { Int($0) ?? 0 }
            guard parts == [year, month, day] else {
                Issue.record("day \(number) is \(text), not \(year)-\(month)-\(day)")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            day += 1
            if day > lengths[month - 1] + (month == 2 && isLeap ? 1 : 0) { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }
}
