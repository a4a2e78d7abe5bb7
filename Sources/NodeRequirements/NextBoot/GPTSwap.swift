internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The swap partitions that systemd-gpt-auto-generator would find beside the root file system.
///
/// It is asked only when no line of fstab is of type swap; this rule leaves that question to its caller.
/// - Source: rule P5; systemd `src/gpt-auto-generator/gpt-auto-generator.c`, versions 249 to 257.
enum GPTSwap: Equatable, Sendable {
    /// There are none, with the reason.
    case none(String)
    /// These devices; none is opened to find out.
    case partitions([FilePath])
    /// Nobody has said what the disk holds.
    case unknown(String)

    /// The type of a swap partition.
    private static let swapType = "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"

    /// Looks through the udev database for the disk of the root file system.
    static func predict(_ host: HostView, _ commandLine: KernelCommandLine, systemd: Int) async throws(ObservationError)
        -> GPTSwap
    {
        if commandLine.boolean(of: "systemd.gpt_auto") == false { return .none("systemd.gpt_auto=no") }
        if systemd >= 254, commandLine.boolean(of: "systemd.swap") == false { return .none("systemd.swap=no") }
        if try await host.files.kind(of: "/run/systemd/container") != nil { return .none("a container") }
        switch try await rootDevice(host) {
        case .unknown(let reason): return .unknown(reason)
        case .none(let reason): return .none(reason)
        case .partition(let device): return try await partitions(beside: device, host)
        }
    }

    private enum Root {
        case none(String)
        case unknown(String)
        /// The name of a partition in `/sys/class/block`.
        case partition(String)
    }

    /// The partition that holds `/`, with LUKS and LVM followed to a single parent.
    private static func rootDevice(_ host: HostView) async throws(ObservationError) -> Root {
        guard let mounts = try await host.files.text(at: "/proc/1/mountinfo") else {
            return .unknown("/proc/1/mountinfo is absent, so the disk of the root file system is not known")
        }
        let root = mounts.textLines().last { $0.split(separator: " ").dropFirst(4).first == "/" }
        guard let fields = root?.split(separator: " "), fields.count > 6 else { return .unknown("no mount at /") }
        var name = try await blockName(String(fields[2]), host)
        if name == nil, let hyphen = fields.firstIndex(of: "-"), fields.indices.contains(hyphen + 2) {
            // btrfs and others have a device number of their own; their source names the device.
            let source = FilePath(String(fields[hyphen + 2]))
            guard source.starts(with: "/dev"), let last = source.lastComponent?.string else {
                return .none("the root file system is on no block device")
            }
            name = last
        }
        guard var name else { return .none("the root file system is on no block device") }
        for _ in 0..<8 {
            let block = FilePath("/sys/class/block").appending(name)
            if try await host.files.kind(of: block.appending("partition")) != nil { return .partition(name) }
            let parents = try await host.files.names(in: block.appending("slaves"))
            guard parents.count == 1 else {
                let kind = try await host.files.kind(of: block)
                guard let kind, kind != .regular else {
                    return .unknown("\(block) \(kind == nil ? "is absent" : "is no device of sysfs")")
                }
                return .none("the root file system is on a whole disk")
            }
            name = parents[0]
        }
        return .unknown("the devices below the root file system lead in a circle")
    }

    /// The kernel's name of the block device with this number; `nil` for a number that is no device.
    private static func blockName(_ number: String, _ host: HostView) async throws(ObservationError) -> String? {
        let kind = try await host.files.kind(of: FilePath("/sys/dev/block").appending(number))
        guard case .link(let target) = kind else { return nil }
        return target.lastComponent?.string
    }

    private static func partitions(beside name: String, _ host: HostView) async throws(ObservationError) -> GPTSwap {
        guard let own = try await udevRecord(of: name, host) else {
            return .unknown("the udev database does not know \(name), so its partition table is not known")
        }
        guard own.properties["ID_PART_ENTRY_SCHEME"] == "gpt" else {
            return .none("the disk of the root file system has no GPT")
        }
        guard case .link(let target) = try await host.files.kind(of: FilePath("/sys/class/block").appending(name)),
            let disk = target.removingLastComponent().lastComponent?.string
        else { return .unknown("/sys/class/block/\(name) does not lead to its disk") }
        var found: [FilePath] = []
        let folder = FilePath("/sys/class/block").appending(disk)
        for sibling in try await host.files.names(in: folder)
        where try await host.files.kind(of: folder.appending(sibling).appending("partition")) != nil {
            guard let record = try await udevRecord(of: sibling, host) else {
                return .unknown("the udev database does not know \(sibling)")
            }
            guard record.properties["ID_PART_ENTRY_TYPE"]?.lowercased() == swapType, !isNoAuto(record) else { continue }
            found.append(FilePath("/dev").appending(sibling))
        }
        return found.isEmpty ? .none("the disk has no swap partition") : .partitions(found)
    }

    private static func udevRecord(of name: String, _ host: HostView) async throws(ObservationError) -> UdevRecord? {
        let block = FilePath("/sys/class/block").appending(name)
        guard let number = try await host.files.text(at: block.appending("dev")) else { return nil }
        let path = FilePath("/run/udev/data/b\(number.prefix { !$0.isWhitespace })")
        guard let text = try await host.files.text(at: path) else { return nil }
        let record = UdevRecord(parsing: text)
        return record.properties["ID_PART_ENTRY_SCHEME"] == nil ? nil : record
    }

    /// Bit 63 of the attributes keeps a partition from being used by itself.
    private static func isNoAuto(_ record: UdevRecord) -> Bool {
        guard let text = record.properties["ID_PART_ENTRY_FLAGS"], text.hasPrefix("0x"),
            let flags = UInt64(text.dropFirst(2), radix: 16)
        else { return false }
        return flags >> 63 == 1
    }
}
