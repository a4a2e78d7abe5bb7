/// The devices that zram-generator makes from its configuration.
///
/// - Source: zram-generator.conf(5).
package struct ZramConfiguration: Sendable, Equatable {
    /// One configured device.
    package struct Device: Sendable, Equatable {
        /// `zram0` and its like: the section, and the name below `/dev`.
        package let name: String

        /// The machine's memory in MiB above which the device is not made; `nil` for no limit.
        package let hostMemoryLimitMiB: UInt64?

        /// The size in MiB as an expression, as written; `nil` for the default, half the memory up to 4096.
        package let size: String?

        /// Whether it becomes swap: no mount point, and no file system but `swap`, is asked for.
        package let isSwap: Bool

        /// Whether a machine with that much memory gets the device, a size of literally 0 left out.
        ///
        /// The expression of the size is not evaluated, so any other one counts as a device.
        package func isMade(memoryMiB: UInt64) -> Bool {
            guard size != "0" else { return false }
            return hostMemoryLimitMiB.map { memoryMiB <= $0 } ?? true
        }
    }

    /// The devices by name, those of a lower number first.
    package let devices: [Device]

    /// Combines the files that count: the one main file, then the drop-ins in the order of `LayeredFiles`.
    package init(_ files: [UnitFile]) {
        let sum = files.reduce(UnitFile(parsing: "")) { $0.adding($1) }
        let numbered = sum.sections.compactMap { name in Self.number(of: name).map { (name, $0) } }
        devices = numbered.sorted { $0.1 < $1.1 }.map { name, _ in
            let limit = sum.value("host-memory-limit", in: name) ?? sum.value("memory-limit", in: name)
            let kind = sum.value("fs-type", in: name)
            return Device(
                name: name, hostMemoryLimitMiB: limit.flatMap { UInt64($0) }, size: sum.value("zram-size", in: name),
                isSwap: kind.map { $0 == "swap" } ?? (sum.value("mount-point", in: name) == nil))
        }
    }

    private static func number(of section: String) -> UInt64? {
        guard section.hasPrefix("zram") else { return nil }
        return UInt64(section.dropFirst(4))
    }
}
