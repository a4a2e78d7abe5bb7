internal import CSystemd
package import SystemPackage
internal import TextForms

/// The numbers by which this boot and this machine are known, each as 32 lower-case hexadecimal digits.
package enum SystemIdentity {
    /// The running boot.
    ///
    /// - Source: sd_id128_get_boot(3), /proc/sys/kernel/random/boot_id.
    package static func bootID() throws(Errno) -> String {
        var id = sd_id128_t()
        let result = unsafe sd_id128_get_boot(&id)
        guard result >= 0 else { throw Errno(rawValue: -result) }
        return hexadecimal(id)
    }

    /// The installed system.
    ///
    /// - Throws: when `/etc/machine-id` is absent, empty or malformed.
    /// - Source: sd_id128_get_machine(3), machine-id(5).
    package static func machineID() throws(Errno) -> String {
        var id = sd_id128_t()
        let result = unsafe sd_id128_get_machine(&id)
        guard result >= 0 else { throw Errno(rawValue: -result) }
        return hexadecimal(id)
    }

    private static func hexadecimal(_ id: sd_id128_t) -> String {
        unsafe withUnsafeBytes(of: id.bytes) { bytes in
            unsafe Hexadecimal.text(bytes)
        }
    }
}
