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

    @Test("a unit is told with all that is known of it, and what nobody asks for is passed over")
    func details() throws {
        let details = try units().details(of: "containerd.service", deadline: .seconds(20))
        #expect(details.loadState == "loaded")
        #expect(details.activeState == "active")
        #expect(details.subState == "running")
        #expect(details.fileState == "enabled")
        #expect(details.fragment == "/lib/systemd/system/a.service")
        #expect(details.invocation == "0aff")
        #expect(details.needsReload)
        #expect(details.mainPID == 7)
        #expect(details.restarts == 9)
        #expect(details.startedAt == 1_795_342_500_412_906)
        #expect(details.result == "value of Result")
    }

    @Test("a unit that is nowhere, or is no service, is not asked for its process")
    func detailsOfNone() throws {
        let units = try units()
        let none = try units.details(of: "none.service", deadline: .seconds(20))
        #expect(none.loadState == "not-found")
        #expect(none.fragment == nil)
        #expect(none.mainPID == 0)
        #expect(try units.details(of: "ssh.socket", deadline: .seconds(20)).startedAt == 0)
    }

    @Test("a unit is enabled for good and without force, and systemd reads its files again when that made a link")
    func enabling() throws {
        let units = try units()
        #expect(try units.enable("new.service"))
        #expect(calls == [#"EnableUnitFiles ["new.service"] false false"#, "Reload"])
        #expect(try units.enable("enabled.service") == false)
        #expect(calls.count { $0 == "Reload" } == 1)
        let error = #expect(throws: BusError.self) { _ = try units.enable("static.service") }
        #expect(error?.description == "cannot enable static.service: it is not meant to be enabled")
    }

    @Test("the static name is set without asking for a password")
    func hostname() throws {
        let names = HostnameBus(try SystemBus.open(at: daemon.address))
        try names.setStaticName("nuc01")
        #expect(calls.last == "SetStaticHostname nuc01 false")
        #expect(try names.staticName() == "value of StaticHostname")
        #expect(try names.name() == "value of Hostname")
    }

    @Test("timedated says whether the clock is synchronised")
    func clock() throws {
        #expect(try TimedateBus(SystemBus.open(at: daemon.address)).isSynchronised())
    }

    @Test("a job is waited for, and others that end meanwhile are not taken for it")
    func done() throws {
        let units = try units()
        #expect(try units.stop("swap.img.swap", deadline: .seconds(20)) == .done)
        #expect(try units.start("swap.img.swap", mode: .fail, deadline: .seconds(20)) == .done)
        #expect(try units.restart("a.service", deadline: .seconds(20)) == .done)
        #expect(try units.reload("a.service", deadline: .seconds(20)) == .done)
        #expect(
            calls.filter { $0 != "Subscribe" } == [
                "StopUnit swap.img.swap replace", "StartUnit swap.img.swap fail", "RestartUnit a.service replace",
                "ReloadUnit a.service replace",
            ])
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
