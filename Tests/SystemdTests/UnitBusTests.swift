import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Systemd

@Suite("Unit bus", .enabled(if: PrivateBus.isInstalled))
final class UnitBusTests {
    private let daemon: PrivateBus
    private let systemd: FalseSystemd

    init() throws {
        daemon = try PrivateBus()
        systemd = try FalseSystemd(on: daemon.address)
    }

    deinit { systemd.stop() }

    private func units() throws -> UnitBus { UnitBus(try SystemBus.open(at: daemon.address)) }

    private var calls: [String] { systemd.calls.withLock { $0 } }

    @Test("units are listed by pattern, each with its states")
    func list() throws {
        let listed = try units().units(matching: ["*.swap"], in: ["active"])
        #expect(listed.map(\.name) == ["swap.img.swap", "dev-sda2.swap"])
        #expect(listed.allSatisfy { $0.loadState == "loaded" && $0.activeState == "active" })
        #expect(calls.last == #"ListUnitsByPatterns ["active"] ["*.swap"]"#)
    }

    @Test("unit files are listed with path and state")
    func files() throws {
        let files = try units().unitFiles(matching: ["*.swap"])
        #expect(files.map(\.name) == ["swap.img.swap"])
        #expect(files.map(\.state) == ["generated"])
    }

    @Test("a unit without a file has no file state")
    func fileState() throws {
        let units = try units()
        #expect(try units.fileState(of: "a.swap") == "masked")
        #expect(try units.fileState(of: "none.swap") == nil)
    }

    @Test("properties come from their interface, and an empty path is none")
    func properties() throws {
        let units = try units()
        #expect(try units.version() == "Manager Version")
        #expect(try units.status(of: "a.swap").activeState == "Unit ActiveState")
        #expect(try units.fragment(of: "a.swap") == nil)
    }

    @Test("a job is waited for, and others that end meanwhile are not taken for it")
    func done() throws {
        let units = try units()
        #expect(try units.stop("swap.img.swap", deadline: .seconds(20)) == .done)
        #expect(try units.start("swap.img.swap", deadline: .seconds(20)) == .done)
        #expect(
            calls.filter { $0 != "Subscribe" } == ["StopUnit swap.img.swap replace", "StartUnit swap.img.swap replace"])
    }

    @Test("a job that fails says so, and the next call is answered")
    func failed() throws {
        let units = try units()
        #expect(try units.stop("failing.swap", deadline: .seconds(20)) == .ended("failed"))
        try units.reload()
        #expect(calls.last == "Reload")
    }

    @Test("a job that has ended before its order is answered is not waited for")
    func early() throws {
        #expect(try units().stop("early.swap", deadline: .seconds(20)) == .done)
    }

    @Test("another user's signal does not end a job")
    func forged() throws {
        #expect(try units().stop("forged.swap", deadline: .seconds(20)) == .ended("failed"))
    }

    @Test("a unit that systemd does not know is an error of its own")
    func unknown() throws {
        let units = try units()
        let error = #expect(throws: BusError.self) { try units.stop("unknown.swap", deadline: .seconds(20)) }
        #expect(error?.isNoSuchUnit == true)
        #expect(error?.description == "cannot call StopUnit: Unit unknown.swap not loaded.")
        #expect(try units.stop("swap.img.swap", deadline: .seconds(20)) == .done)
    }

    @Test("a job without an end is given up at the deadline")
    func endless() throws {
        let units = try units()
        let error = #expect(throws: BusError.self) { try units.stop("endless.swap", deadline: .milliseconds(200)) }
        #expect(error?.errno == .timedOut)
        #expect(error?.isDisconnection == false)
    }
}
