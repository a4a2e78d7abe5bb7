import SystemPackage
import Testing

@testable import Systemd

@Suite("System bus", .enabled(if: PrivateBus.isInstalled))
struct SystemBusTests {
    private static func call(_ member: String, on bus: borrowing SystemBus) throws(BusError) -> BusMessage {
        try bus.message(
            to: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus", member: member
        )
    }

    @Test("a call with no arguments is answered with a string")
    func identity() throws {
        let daemon = try PrivateBus()
        let bus = try SystemBus.open(at: daemon.address)
        let identity = try bus.call(try Self.call("GetId", on: bus)).readString()
        #expect(identity.utf8.count == 32)
    }

    @Test("an array of strings is read whole")
    func names() throws {
        let daemon = try PrivateBus()
        let bus = try SystemBus.open(at: daemon.address)
        let names = try bus.call(try Self.call("ListNames", on: bus)).readStrings()
        #expect(names.contains("org.freedesktop.DBus"))
        #expect(names.contains { $0.hasPrefix(":") })
    }

    @Test("strings and booleans arrive as they were sent")
    func arguments() throws {
        let daemon = try PrivateBus()
        let bus = try SystemBus.open(at: daemon.address)
        let question = try Self.call("NameHasOwner", on: bus)
        try question.append("org.freedesktop.DBus")
        let answer = try bus.call(question)
        #expect(try answer.readBool())
    }

    @Test("the other side's error keeps its name and its text")
    func refusal() throws {
        let daemon = try PrivateBus()
        let bus = try SystemBus.open(at: daemon.address)
        let error = #expect(throws: BusError.self) {
            let question = try Self.call("GetNameOwner", on: bus)
            try question.append("org.example.Nobody")
            _ = try bus.call(question)
        }
        #expect(error?.name == "org.freedesktop.DBus.Error.NameHasNoOwner")
        #expect(error?.description.hasPrefix("cannot call GetNameOwner: ") == true)
        #expect(error?.isDisconnection == false)
    }

    @Test("a value of another type than asked for is an error")
    func wrongType() throws {
        let daemon = try PrivateBus()
        let bus = try SystemBus.open(at: daemon.address)
        let answer = try bus.call(try Self.call("GetId", on: bus))
        #expect(throws: BusError.self) { try answer.readUInt32() }
        let other = try bus.call(try Self.call("GetId", on: bus))
        #expect(throws: BusError.self) { try other.readStrings() }
    }

    @Test("a string with a zero byte is not sent")
    func zeroByte() throws {
        let daemon = try PrivateBus()
        let bus = try SystemBus.open(at: daemon.address)
        let question = try Self.call("GetNameOwner", on: bus)
        #expect(throws: BusError.self) { try question.append("a\u{0}b") }
    }

    @Test("a bus that is not there is an error at once")
    func nobody() {
        #expect(throws: BusError.self) { _ = try SystemBus.open(at: "unix:path=/nonexistent/bus") }
        #expect(throws: BusError.self) { _ = try SystemBus.open(at: "no address") }
    }

    @Test("a socket that never says hello ends with the deadline")
    func silence() throws {
        let listener = try ScratchSocket.listen()
        let error = #expect(throws: BusError.self) {
            _ = try SystemBus.open(at: "unix:path=\(listener.path)", deadline: .milliseconds(1))
        }
        #expect(error?.errno == .timedOut)
    }

    @Test("the bus's end is a disconnection for who reads and for who calls")
    func disconnection() throws {
        let daemon = try PrivateBus()
        let bus = try SystemBus.open(at: daemon.address)
        daemon.stop()
        let read = #expect(throws: BusError.self) {
            while true { if try !bus.advance({ _ in }) { try bus.wait(.seconds(20)) } }
        }
        #expect(read?.isDisconnection == true)
        let called = #expect(throws: BusError.self) { _ = try bus.call(try Self.call("GetId", on: bus)) }
        #expect(called?.isDisconnection == true)
    }

    @Test("a bus without hostnamed has nobody to ask for a name, and says so")
    func noHostnamed() throws {
        let daemon = try PrivateBus()
        let names = HostnameBus(try SystemBus.open(at: daemon.address))
        let error = #expect(throws: BusError.self) { try names.setStaticName("nuc01") }
        #expect(error?.isNoSuchService == true)
        #expect(throws: BusError.self) { try names.staticName() }
    }

    @Test("a bus without systemd has no unit to tell of")
    func noSystemd() throws {
        let daemon = try PrivateBus()
        let units = UnitBus(try SystemBus.open(at: daemon.address))
        #expect(throws: BusError.self) { try units.details(of: "dev-sda2.swap", deadline: .seconds(1)) }
        #expect(throws: BusError.self) { try units.enable("ssh.service") }
        #expect(throws: BusError.self) { try units.stop("dev-sda2.swap", deadline: .seconds(1)) }
    }
}
