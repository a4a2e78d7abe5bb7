package import SystemPackage

/// A look at the host that could not be made; it becomes the verdict *unknown*, never *met*.
package struct ObservationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was to be read: a path, a unit, a bus property.
    package var what: String
    /// Why it could not be read, in lower case, without a period.
    package var cause: String
    /// The error number behind the cause, where the kernel gave one.
    package var errno: Errno?
    /// The requirement without which it cannot be read: while that one is not met, the verdict is *blocked* instead.
    package var needs: RequirementID?
    /// What was seen that may or may not come true: a person can answer for it by a waiver; `nil` when something could not
    /// be looked at.
    package var doubt: Finding?

    /// The error for a prediction that rests on what nobody can tell from files.
    ///
    /// The text reads `cannot predict <what>: <cause>`.
    package init(predicting what: String, doubt: Finding) {
        self.what = what
        cause = doubt.actual
        self.doubt = doubt
    }

    /// The error for `what`.
    ///
    /// The text reads `cannot read <what>: <cause>`.
    package init(reading what: String, cause: String, errno: Errno? = nil, needs: RequirementID? = nil) {
        self.what = what
        self.cause = cause
        self.errno = errno
        self.needs = needs
    }

    /// Whether the same reading may well succeed a moment later: what was short, busy or interrupted need not stay so.
    ///
    /// - Source: errno(3), open(2).
    package var isTransient: Bool {
        switch errno {
        case .interrupted, .resourceTemporarilyUnavailable, .ioError, .noMemory, .tooManyOpenFiles,
            .tooManyOpenFilesInSystem, .noBufferSpace, .resourceBusy, .timedOut:
            true
        default: false
        }
    }

    package var description: String {
        "cannot \(doubt == nil ? "read" : "predict") \(what): \(cause)"
    }
}
