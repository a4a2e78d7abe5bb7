internal import Glibc

/// How many descriptors this process may have open.
package enum DescriptorLimit {
    /// The soft limit; a very large number where there is none.
    ///
    /// - Source: getrlimit(2), `RLIMIT_NOFILE`.
    package static var soft: Int {
        var limit = rlimit()
        // It fails for a resource that does not exist, and this one does; what is not known limits nothing.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return Int.max }
        return Int(clamping: limit.rlim_cur)
    }
}
