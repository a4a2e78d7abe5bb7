internal import Glibc

/// One kind of input for one parser.
struct Growth: Sendable {
    /// The parser, and what is special about the input.
    var name: String

    /// The largest input that the parser takes, or a reader hands to it; 1 MiB is the limit of a configuration file.
    var limit = 1 << 20

    /// An input of about that many bytes.
    var input: @Sendable (Int) -> [UInt8]

    /// What is measured.
    var parse: @Sendable ([UInt8]) -> Void
}

/// Times and peaks of one row.
struct Measured {
    private let name: String
    private var sizes: [Int] = []
    private var seconds: [Double] = []
    private var peaks: [Int] = []

    /// A size that takes longer or more memory ends the row, since the next could take a hundred times as much.
    private static let patience = (seconds: 5.0, kibibytes: 256 << 10)

    init(_ row: Growth) {
        name = row.name
        for size in [row.limit / 100, row.limit / 10, row.limit] {
            let input = row.input(size)
            Self.resetPeak()
            let before = Self.status("VmRSS")
            var best = Double.infinity
            // The best of some runs is what the machine can do; a slow one says more about its neighbours.
            for _ in 0..<3 where best > 0.5 {
                let start = ContinuousClock.now
                row.parse(input)
                best = min(best, (ContinuousClock.now - start) / .seconds(1))
            }
            sizes.append(input.count)
            seconds.append(best)
            peaks.append(max(0, Self.status("VmHWM") - before))
            if best > Self.patience.seconds || peaks.last ?? 0 > Self.patience.kibibytes { break }
        }
    }

    /// Size and time of each input, then the growth of both in the last step and the memory of the last.
    var line: String {
        let steps = zip(sizes, seconds).map { "\(Self.padded(Self.bytes($0), 7)) \(Self.padded(Self.time($1), 9))" }
        var growth = "         "
        if let last = seconds.last, let size = sizes.last, seconds.count > 1 {
            let former = max(seconds[seconds.count - 2], 1e-6)
            // By size: a limit may have made the last input less than ten times the one before it.
            let factor = last / former / (Double(size) / Double(sizes[sizes.count - 2])) * 10
            growth = "x\(Int(factor.rounded()))"
        }
        let memory = "\((peaks.last ?? 0) >> 10) MB"
        return [Self.right(name, 44), steps.joined(separator: "  "), growth, memory].joined(separator: "  ")
    }

    private static func bytes(_ count: Int) -> String { count < 10_000 ? "\(count) B" : "\(count / 1000) kB" }

    private static func time(_ seconds: Double) -> String {
        seconds < 0.01 ? "\(Int(seconds * 1e6)) us" : seconds < 10 ? "\(Int(seconds * 1e3)) ms" : "\(Int(seconds)) s"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func right(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    // MARK: - Memory, from proc_pid_status(5)

    private static func resetPeak() {
        guard let file = unsafe fopen("/proc/self/clear_refs", "w") else { return }
        _ = unsafe fputs("5", file)
        _ = unsafe fclose(file)
    }

    /// A figure of the process in KiB.
    private static func status(_ key: String) -> Int {
        guard let file = unsafe fopen("/proc/self/status", "r") else { return 0 }
        defer { _ = unsafe fclose(file) }
        var text = [UInt8](repeating: 0, count: 8192)
        let count = unsafe fread(&text, 1, text.count, file)
        for line in String(decoding: text[..<count], as: UTF8.self).split(separator: "\n") {
            let words = line.split { $0 == ":" || $0 == "\t" || $0 == " " }
            if words.first == key[...], words.count > 1 { return Int(words[1]) ?? 0 }
        }
        return 0
    }
}
