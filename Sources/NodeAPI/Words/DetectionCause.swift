/// Why a look was taken that found how a requirement stands: the words of `detected_by`.
package enum DetectionCause {
    /// All that this version knows.
    package static let words: Set<String> = ["boot", "event", "backstop", "retry", "reload", "request"]
}
