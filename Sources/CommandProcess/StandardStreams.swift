internal import Glibc
package import SystemPackage

/// The streams that the process was started with, and its end as another program.
package enum StandardStreams {
    /// One of the streams to write on.
    package enum Stream: Int32, Sendable {
        case output = 1
        case error = 2
    }

    private static let leastWidth = 60
    private static let usualWidth = 80

    /// Whether the stream is a terminal.
    package static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    /// Whether standard input is a terminal, so that somebody can be asked.
    package static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// The columns of the terminal on the stream, else what `COLUMNS` says, else 80; 60 at the least.
    package static func width(of stream: Stream) -> Int {
        var size = winsize()
        let isKnown = unsafe ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        let width = isKnown ? Int(size.ws_col) : environment("COLUMNS").flatMap { Int($0) } ?? usualWidth
        return width > 0 ? max(width, leastWidth) : usualWidth
    }

    /// The value of a variable of the environment; `nil` when it is not set.
    package static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// A path from the folder in which the command was typed, in full.
    package static func absolute(_ path: String) -> String {
        guard !path.isEmpty, !path.hasPrefix("/"), let folder = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(folder) }
        return FilePath(unsafe String(cString: folder)).pushing(FilePath(path)).lexicallyNormalized().string
    }

    /// Writes all of `bytes`, and waits where the stream is slow.
    ///
    /// - Returns: `false` when nobody reads any more, which is no error: `head` does so.
    /// - Throws: when the stream cannot be written, such as to a full disk.
    @discardableResult
    package static func write(_ bytes: some Sequence<UInt8>, to stream: Stream) throws(Errno) -> Bool {
        ignoreBrokenPipes()
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(stream.rawValue, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
                continue
            }
            let error = Errno(rawValue: errno)
            switch error {
            case .interrupted: continue
            case .resourceTemporarilyUnavailable: try wait(for: stream)
            case .brokenPipe: return false
            default: throw error
            }
        }
        return true
    }

    /// Writes all of `text`, as `write(_:to:)` with bytes does.
    @discardableResult
    package static func write(_ text: String, to stream: Stream) throws(Errno) -> Bool {
        try write(text.utf8, to: stream)
    }

    /// Makes a stream that nobody reads an error of write(2) rather than the end of the process.
    package static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }

    /// Becomes the program `argv`, found on `PATH`, with these words exactly and no shell.
    ///
    /// Streams, environment and directory stay. A broken pipe ends the program again, as it expects.
    /// - Returns: only when that failed, why.
    /// - Source: exec(3), signal(7): what is ignored stays ignored across it.
    package static func become(_ argv: [String]) -> Errno {
        guard let program = argv.first, argv.allSatisfy({ !$0.utf8.contains(0) }) else { return .invalidArgument }
        var words: [UnsafeMutablePointer<CChar>?] = unsafe argv.map { unsafe strdup($0) }
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        unsafe words.append(nil)
        let disposition = signal(SIGPIPE, SIG_DFL)
        _ = unsafe execvp(program, words)
        let error = Errno(rawValue: errno)
        _ = signal(SIGPIPE, disposition)
        return error
    }

    /// Somebody else may have made the stream non-blocking, since its description can be shared.
    private static func wait(for stream: Stream) throws(Errno) {
        var event = pollfd(fd: stream.rawValue, events: Int16(POLLOUT), revents: 0)
        guard unsafe poll(&event, 1, -1) >= 0 || errno == EINTR else { throw Errno(rawValue: errno) }
    }
}
