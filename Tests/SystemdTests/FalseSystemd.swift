import CSystemd
import Glibc
import Synchronization
import SystemPackage

@testable import Systemd

/// Answers on a private bus under the names of systemd and hostnamed, from a thread of its own, by the names of the units asked for.
final class FalseSystemd: Sendable {
    private let address: String
    private let stopping = Atomic<Bool>(false)
    private let started = DispatchedFlag()

    /// What was called, in order.
    let calls = Mutex<[String]>([])

    /// A flag that one thread waits for and another sets.
    private final class DispatchedFlag: Sendable {
        private let pipe: (readEnd: FileDescriptor, writeEnd: FileDescriptor)?
        init() { pipe = try? FileDescriptor.pipe() }
        func set() { _ = try? pipe?.writeEnd.writeAll([1]) }
        func wait() {
            var byte: [UInt8] = [0]
            _ = unsafe byte.withUnsafeMutableBytes { unsafe try? pipe?.readEnd.read(into: $0) }
        }
        deinit {
            try? pipe?.readEnd.close()
            try? pipe?.writeEnd.close()
        }
    }

    /// Takes both names on the bus at `address`.
    init(on address: String) throws {
        self.address = address
        var thread = pthread_t()
        let retained = unsafe Unmanaged.passRetained(self)
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<FalseSystemd>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, retained.toOpaque())
        guard result == 0 else { throw Errno(rawValue: result) }
        pthread_detach(thread)
        started.wait()
    }

    /// Has the thread end when it looks next; it does so too when the bus ends.
    func stop() { stopping.store(true, ordering: .relaxed) }

    private func run() {
        guard let bus = try? SystemBus.open(at: address), (try? take("org.freedesktop.systemd1", on: bus)) != nil,
            (try? take("org.freedesktop.hostname1", on: bus)) != nil,
            (try? take("org.freedesktop.timedate1", on: bus)) != nil
        else {
            return started.set()
        }
        started.set()
        while !stopping.load(ordering: .relaxed) {
            do {
                if try !bus.advance({ (message) throws(BusError) in try answer(message, bus) }) {
                    try bus.wait(.milliseconds(20))
                }
            } catch {
                return
            }
        }
    }

    private func take(_ name: String, on bus: borrowing SystemBus) throws {
        let request = try bus.message(
            to: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus",
            member: "RequestName")
        try request.append(name)
        var flags: UInt32 = 0
        _ = unsafe sd_bus_message_append_basic(request.raw, CChar(UInt8(ascii: "u")), &flags)
        _ = try bus.call(request)
    }

    private func answer(_ message: borrowing BusMessage, _ bus: borrowing SystemBus) throws(BusError) {
        let member = message.member
        switch member {
        case "Subscribe":
            note(member)
            try reply(to: message) { _ in }
        case "StartUnit", "StopUnit", "RestartUnit", "ReloadUnit":
            try runJob(member, try message.readString(), try message.readString(), message)
        case "EnableUnitFiles":
            let units = try message.readStrings()
            note("\(member) \(units) \(try message.readBool()) \(try message.readBool())")
            try reply(to: message) { (reply) throws(BusError) in try Self.appendEnabling(of: units, reply) }
        case "LoadUnit":
            let unit = try message.readString()
            try reply(to: message) { (reply) throws(BusError) in
                reply.appendPath("/org/freedesktop/systemd1/unit/\(UnitSignals.label(unit))")
            }
        case "Get":
            _ = try message.readString()
            let name = try message.readString()
            try reply(to: message) { (reply) throws(BusError) in try Self.appendServiceProperty(name, reply) }
        case "GetAll":
            let isAbsent = message.path.contains("none")
            try reply(to: message) { (reply) throws(BusError) in try Self.appendUnitProperties(isAbsent, reply) }
        case "SetStaticHostname":
            note("\(member) \(try message.readString()) \(try message.readBool())")
            try reply(to: message) { _ in }
        case "Tell":
            try tell(try message.readString(), message)
        case "Reload":
            note(member)
            try reply(to: message) { _ in }
        default:
            // Signals of the bus itself.
            return
        }
    }

    /// The unit's name says how its job goes.
    private func runJob(
        _ member: String, _ unit: String, _ mode: String, _ message: borrowing BusMessage
    ) throws(BusError) {
        note("\(member) \(unit) \(mode)")
        let job = "/org/freedesktop/systemd1/job/7"
        if unit == "unknown.swap" {
            var error = unsafe sd_bus_error()
            unsafe sd_bus_error_set(&error, "org.freedesktop.systemd1.NoSuchUnit", "Unit unknown.swap not loaded.")
            _ = unsafe sd_bus_reply_method_error(message.raw, &error)
            unsafe sd_bus_error_free(&error)
            return
        }
        if unit == "early.swap" { try signalEnd(of: job, unit, "done", message) }
        if unit == "forged.swap" { try forgeEnd(of: job, unit, for: message.sender) }
        try signalEnd(of: "/org/freedesktop/systemd1/job/6", "other.service", "canceled", message)
        try reply(to: message) { (reply) throws(BusError) in reply.appendPath(job) }
        switch unit {
        case "early.swap", "endless.swap": break
        case "failing.swap", "forged.swap": try signalEnd(of: job, unit, "failed", message)
        default: try signalEnd(of: job, unit, "done", message)
        }
    }

    private func signalEnd(
        of job: String, _ unit: String, _ result: String, _ message: borrowing BusMessage
    ) throws(BusError) {
        try unsafe Self.sendEnd(sd_bus_message_get_bus(message.raw), to: nil, job, unit, result)
    }

    /// Another user of the bus says that the job is done, to the one who waits for it.
    private func forgeEnd(of job: String, _ unit: String, for destination: String) throws(BusError) {
        let forger = try SystemBus.open(at: address)
        let question = try forger.message(
            to: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus",
            member: "GetId")
        try unsafe Self.sendEnd(sd_bus_message_get_bus(question.raw), to: destination, job, unit, "done")
        // Once this is answered the bus has passed the signal on.
        _ = try forger.call(question)
    }

    private static func sendEnd(
        _ bus: OpaquePointer?, to destination: String?, _ job: String, _ unit: String, _ result: String
    ) throws(BusError) {
        var signal: OpaquePointer?
        unsafe sd_bus_message_new_signal(
            bus, &signal, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "JobRemoved")
        guard let signal = unsafe signal else { throw BusError("make a signal", errno: .noMemory) }
        let message = unsafe BusMessage(adopting: signal, operation: "send a signal")
        if let destination { _ = unsafe sd_bus_message_set_destination(signal, destination) }
        var number: UInt32 = 7
        _ = unsafe sd_bus_message_append_basic(signal, CChar(UInt8(ascii: "u")), &number)
        message.appendPath(job)
        try message.append(unit)
        try message.append(result)
        _ = unsafe sd_bus_message_send(signal)
    }

    private func reply(
        to message: borrowing BusMessage, _ body: (borrowing BusMessage) throws(BusError) -> Void
    ) throws(BusError) {
        var raw: OpaquePointer?
        unsafe sd_bus_message_new_method_return(message.raw, &raw)
        guard let raw = unsafe raw else { throw BusError("make a reply", errno: .noMemory) }
        let reply = unsafe BusMessage(adopting: raw, operation: "reply")
        try body(reply)
        _ = unsafe sd_bus_message_send(raw)
    }

    /// A link for each unit, but none for one that is enabled already, and no section for one that cannot be.
    private static func appendEnabling(of units: [String], _ reply: borrowing BusMessage) throws(BusError) {
        try reply.append(!units.contains("static.service"))
        try reply.container("a", "(sss)") { (reply) throws(BusError) in
            for unit in units where unit != "enabled.service" && unit != "static.service" {
                try reply.container("r", "sss") { (reply) throws(BusError) in
                    for text in ["symlink", "/etc/systemd/system/x.wants/\(unit)", unit] { try reply.append(text) }
                }
            }
        }
    }

    private static func appendUnitProperties(_ isAbsent: Bool, _ reply: borrowing BusMessage) throws(BusError) {
        let texts = [
            ("Id", "a.service"), ("LoadState", isAbsent ? "not-found" : "loaded"), ("ActiveState", "active"),
            ("SubState", "running"), ("UnitFileState", isAbsent ? "" : "enabled"),
            ("FragmentPath", isAbsent ? "" : "/lib/systemd/system/a.service"),
        ]
        try reply.container("a", "{sv}") { (reply) throws(BusError) in
            for (name, text) in texts {
                try reply.property(name, "s") { (reply) throws(BusError) in try reply.append(text) }
            }
            // One of a type that nobody asks for stands between those that are.
            try reply.property("Conditions", "a(sbbsi)") { (reply) throws(BusError) in
                try reply.container("a", "(sbbsi)") { _ in }
            }
            try reply.property("NeedDaemonReload", "b") { (reply) throws(BusError) in try reply.append(true) }
            try reply.property("InvocationID", "ay") { (reply) throws(BusError) in
                try reply.container("a", "y") { (reply) throws(BusError) in
                    for byte in [UInt8(0x0A), 0xFF] { reply.append("y", byte) }
                }
            }
        }
    }

    private static func appendServiceProperty(_ name: String, _ reply: borrowing BusMessage) throws(BusError) {
        switch name {
        case "MainPID", "NRestarts":
            try reply.container("v", "u") { (reply) throws(BusError) in reply.append("u", UInt32(name.utf8.count)) }
        case "NTPSynchronized":
            try reply.container("v", "b") { (reply) throws(BusError) in try reply.append(true) }
        case "ExecMainStartTimestamp":
            try reply.container("v", "t") { (reply) throws(BusError) in reply.append("t", UInt64(1_795_342_500_412_906))
            }
        default: try reply.container("v", "s") { (reply) throws(BusError) in try reply.append("value of \(name)") }
        }
    }

    /// Sends the signal that is asked for; then answers, so that who asked knows that it is on its way.
    private func tell(_ what: String, _ message: borrowing BusMessage) throws(BusError) {
        let manager = "org.freedesktop.systemd1.Manager"
        let bus = unsafe sd_bus_message_get_bus(message.raw)
        switch what {
        case "job": try signalEnd(of: "/org/freedesktop/systemd1/job/9", "containerd.service", "done", message)
        case "other job": try signalEnd(of: "/org/freedesktop/systemd1/job/9", "other.service", "done", message)
        case "reloading": try unsafe Self.send(bus, "/org/freedesktop/systemd1", manager, "Reloading")
        case "loaded", "let go":
            try unsafe Self.send(
                bus, "/org/freedesktop/systemd1", manager, what == "loaded" ? "UnitNew" : "UnitRemoved",
                about: "containerd.service")
        case "properties":
            try unsafe Self.send(
                bus, "/org/freedesktop/systemd1/unit/containerd_2eservice", "org.freedesktop.DBus.Properties",
                "PropertiesChanged")
        default: break
        }
        try reply(to: message) { _ in }
    }

    private static func send(
        _ bus: OpaquePointer?, _ path: String, _ interface: String, _ member: String, about unit: String? = nil
    ) throws(BusError) {
        var signal: OpaquePointer?
        unsafe sd_bus_message_new_signal(bus, &signal, path, interface, member)
        guard let signal = unsafe signal else { throw BusError("make a signal", errno: .noMemory) }
        let message = unsafe BusMessage(adopting: signal, operation: "send a signal")
        if let unit {
            try message.append(unit)
            message.appendPath("/org/freedesktop/systemd1/unit/\(UnitSignals.label(unit))")
        }
        _ = unsafe sd_bus_message_send(message.raw)
    }

    private func note(_ call: String) { calls.withLock { $0.append(call) } }
}

extension BusMessage {
    borrowing func appendPath(_ path: String) {
        unsafe path.withCString { pointer in
            _ = unsafe sd_bus_message_append_basic(raw, CChar(UInt8(ascii: "o")), pointer)
        }
    }

    /// Appends a number of the type `type`, whose size the value has.
    borrowing func append<Value: FixedWidthInteger>(_ type: Character, _ value: Value) {
        var value = value
        _ = unsafe sd_bus_message_append_basic(raw, CChar(type.asciiValue ?? 0), &value)
    }

    borrowing func property(
        _ name: String, _ contents: String, _ body: (borrowing BusMessage) throws(BusError) -> Void
    ) throws(BusError) {
        try container("e", "sv") { (reply) throws(BusError) in
            try reply.append(name)
            try reply.container("v", contents, body)
        }
    }

    borrowing func container(
        _ type: Character, _ contents: String, _ body: (borrowing BusMessage) throws(BusError) -> Void
    ) throws(BusError) {
        _ = unsafe sd_bus_message_open_container(raw, CChar(type.asciiValue ?? 0), contents)
        try body(self)
        _ = unsafe sd_bus_message_close_container(raw)
    }
}
