internal import Glibc
internal import SystemPackage

/// Where the running program lies, and the one that is installed with it.
package enum OwnProgram {
    /// The path of a program of this package: beside the running one, or in the `sbin` beside its `bin`.
    ///
    /// - Parameter name: such as `nucprepd`.
    /// - Returns: the name alone when neither is there; `PATH` decides then.
    package static func sibling(_ name: String) -> String {
        guard let folder else { return name }
        let places = [folder, folder.removingLastComponent().appending("sbin")].map { $0.appending(name).string }
        return places.first { unsafe access($0, X_OK) == 0 } ?? name
    }

    /// The folder of the running program; `nil` when the kernel does not say.
    ///
    /// - Source: proc(5), /proc/self/exe.
    private static var folder: FilePath? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0, count < buffer.count else { return nil }
        return FilePath(String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self))
            .removingLastComponent()
    }
}
