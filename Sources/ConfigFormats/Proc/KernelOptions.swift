/// The options a kernel was built with, as its `.config` lists them.
///
/// - Source: kernel, Documentation/kbuild/kconfig.rst; system-validators `validators/kernel_validator.go`
///   (`parseKernelConfig`) reads the same lines.
package struct KernelOptions: Equatable, Sendable {
    /// The options that are built in or built as modules, without `CONFIG_`.
    private let enabled: Set<String>

    /// How many options the file sets to any value; a kernel has thousands.
    package let count: Int

    /// Reads a whole file; what is not a line `CONFIG_NAME=VALUE` says nothing.
    package init(parsing bytes: [UInt8]) {
        var enabled: Set<String> = []
        var count = 0
        let prefix = Array("CONFIG_".utf8)
        for line in bytes.split(separator: .lineFeed) where line.starts(with: prefix) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")), equals + 1 < line.endIndex else { continue }
            count += 1
            // `y` is built in and `m` a module; numbers and strings are options of another kind.
            guard [UInt8(ascii: "y"), UInt8(ascii: "m")].contains(line[equals + 1]) else { continue }
            enabled.insert(String(decoding: line[(line.startIndex + prefix.count)..<equals], as: UTF8.self))
        }
        self.enabled = enabled
        self.count = count
    }

    /// Whether the kernel has an option under one of its names.
    package func contains(_ names: [String]) -> Bool { names.contains { enabled.contains($0) } }
}
