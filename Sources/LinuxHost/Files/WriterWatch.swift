internal import CLinux
internal import Glibc
internal import NodeEngine
internal import SystemPackage
internal import TextForms

/// Tells whether somebody has a file open for writing, and keeps others from opening it while it is replaced.
///
/// By a read lease, which the kernel grants only while nobody has the file open for writing, to the file's owner without
/// any capability. While it is held, whoever opens the file for writing waits. A file system without leases is believed
/// to be at rest when the file was not written for some time.
///
/// - Source: fcntl(2), "Leases"; kernel, fs/locks.c, `check_conflicting_open`.
struct WriterWatch: Sendable {
    /// Takes a read lease on an open file; 0, or an error as its negative.
    var take: @Sendable (Int32) -> Int32 = { clinux_lease_take($0) }

    /// How long a file is at rest before it may be replaced, where no lease tells.
    var quiet = Duration.seconds(2)

    /// The clock of the file system's times, in microseconds since 1970.
    var now: @Sendable () -> Int = { HostClock.engine.realtime() }

    private enum Answer { case nobody, somebody, unknown }

    /// Whether somebody has the file open for writing now; where no lease tells, it is said of nobody.
    func isWritten(_ base: CommitBase) -> Bool {
        let answer = ask(base)
        release(base)
        return answer == .somebody
    }

    /// Keeps writers out until ``release(_:)`` or the end of `base`.
    ///
    /// Where no lease does it, waits until the file has not been written for some time.
    ///
    /// - Returns: whether the file is still the one that was read; where it was waited for, it may be another.
    /// - Throws: when somebody has the file open for writing.
    func shutOut(_ base: CommitBase, _ target: CommitTarget) throws(CommitError) -> Bool {
        switch ask(base) {
        case .nobody: return true
        case .somebody: throw .refused(target.path, .openForWriting)
        case .unknown: break
        }
        // A time in the future is that of a clock that was set since, and tells nothing.
        let written = base.status.modified[0] * 1_000_000 + base.status.modified[1] / 1000
        let age = Duration.microseconds(now() - written)
        guard age >= .zero, age < quiet else { return true }
        _ = usleep(UInt32(clamping: Int((quiet - age) / .microseconds(1))))
        do throws(Errno) {
            let status = try base.file.status()
            return status.modified == base.status.modified && status.size == base.status.size
        } catch {
            throw .failed(target.path, error)
        }
    }

    /// Whether somebody waits to write since writers were shut out.
    func isWaited(_ base: CommitBase) -> Bool {
        base.isLeased && base.file.withNumber { clinux_lease_holds($0) } == 0
    }

    /// Lets writers in again.
    func release(_ base: CommitBase) {
        guard base.isLeased else { return }
        base.file.withNumber { _ = clinux_lease_end($0) }
        base.isLeased = false
    }

    private func ask(_ base: CommitBase) -> Answer {
        // The kernel says that a file was closed a moment before it counts the writer out, and who hears it first is here.
        for _ in 0..<10 {
            switch base.file.withNumber(take) {
            case 0:
                base.isLeased = true
                return .nobody
            case -EAGAIN: _ = usleep(10_000)
            default: return .unknown
            }
        }
        return .somebody
    }
}
