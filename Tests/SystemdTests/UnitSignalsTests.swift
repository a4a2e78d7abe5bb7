import CSystemd
import Synchronization
import SystemPackage
import Testing

@testable import Systemd

@Suite("Signals of units", .enabled(if: PrivateBus.isInstalled))
final class UnitSignalsTests {
    private let daemon: PrivateBus
    private let systemd: FalseSystemd

    init() throws {
        daemon = try PrivateBus()
        systemd = try FalseSystemd(on: daemon.address)
    }

    deinit { systemd.stop() }

    private func signals() throws -> UnitSignals {
        try UnitSignals(try SystemBus.open(at: daemon.address), units: ["containerd.service", "ssh.service"])
    }

    /// Has systemd send a signal, and hears what came once the bus has passed it on.
    private func heard(_ what: String, _ signals: inout UnitSignals) throws -> UnitSignals.News {
        let other = try SystemBus.open(at: daemon.address)
        let order = try other.message(
            to: "org.freedesktop.systemd1", path: "/x", interface: "org.freedesktop.systemd1.Manager", member: "Tell")
        try order.append(what)
        _ = try other.call(order)
        // The bus answers us after all that it had for us before.
        _ = try signals.settle()
        return try signals.drain()
    }

    @Test("a job and changed properties are news of their unit, a reload of all", .timeLimit(.minutes(1)))
    func news() throws {
        var signals = try signals()
        #expect(try heard("job", &signals).units == ["containerd.service"])
        #expect(try heard("properties", &signals).units == ["containerd.service"])
        #expect(try heard("reloading", &signals).isAboutAll)
        #expect(try signals.drain() == UnitSignals.News())
    }

    @Test(
        "a unit that systemd lets go is news, unless it was only loaded because somebody asked for it",
        .timeLimit(.minutes(1)))
    func asked() throws {
        var signals = try signals()
        #expect(try heard("let go", &signals).units == ["containerd.service"])
        #expect(try heard("loaded", &signals) == UnitSignals.News())
        #expect(try heard("let go", &signals) == UnitSignals.News(), "each look would lead to the next one")
        #expect(try heard("loaded", &signals) == UnitSignals.News())
        #expect(try heard("job", &signals).units == ["containerd.service"])
        #expect(try heard("let go", &signals).units == ["containerd.service"])
    }

    @Test("what happens to other units is no news", .timeLimit(.minutes(1)))
    func others() throws {
        var signals = try signals()
        #expect(try heard("other job", &signals) == UnitSignals.News())
        #expect(try heard("nothing", &signals) == UnitSignals.News())
    }

    @Test("another user's signal is no news", .timeLimit(.minutes(1)))
    func forged() throws {
        var signals = try signals()
        let forger = try SystemBus.open(at: daemon.address)
        let order = try forger.message(
            to: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus",
            member: "GetId")
        var signal: OpaquePointer?
        unsafe sd_bus_message_new_signal(
            sd_bus_message_get_bus(order.raw), &signal, "/org/freedesktop/systemd1",
            "org.freedesktop.systemd1.Manager", "Reloading")
        let message = unsafe BusMessage(adopting: try #require(unsafe signal), operation: "forge")
        _ = unsafe sd_bus_message_set_destination(message.raw, try signals.settle())
        _ = unsafe sd_bus_message_send(message.raw)
        _ = try forger.call(order)
        _ = try signals.settle()
        #expect(try signals.drain() == UnitSignals.News())
    }

    @Test("a systemd that begins anew is news of all, and is heard again", .timeLimit(.minutes(1)))
    func begunAnew() throws {
        var signals = try signals()
        systemd.stop()
        var news = UnitSignals.News()
        while !news.isAboutAll { news = try signals.waitAndDrain() }
        let again = try FalseSystemd(on: daemon.address)
        defer { again.stop() }
        news = UnitSignals.News()
        while !news.isAboutAll { news = try signals.waitAndDrain() }
        #expect(again.calls.withLock { $0 }.contains("Subscribe"))
        #expect(try heard("job", &signals).units == ["containerd.service"])
    }

    @Test("the bus's end is told", .timeLimit(.minutes(1)))
    func ended() throws {
        var signals = try signals()
        daemon.stop()
        let error = #expect(throws: BusError.self) { while true { _ = try signals.waitAndDrain() } }
        #expect(error?.isDisconnection == true)
    }

    @Test(
        "a unit's name is a part of an object path as systemd writes it",
        arguments: [
            ("containerd.service", "containerd_2eservice"), ("1a", "_31a"), ("", "_"), ("a-b@c", "a_2db_40c"),
            ("é", "_c3_a9"),
        ])
    func label(_ name: String, _ label: String) {
        #expect(UnitSignals.label(name) == label)
    }
}
