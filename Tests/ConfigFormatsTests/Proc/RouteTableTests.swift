internal import ConfigFormats
internal import Testing

@Suite("Routes of the kernel")
struct RouteTableTests {
    private let four = """
        Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
        eth0\t00000000\t0132A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
        eth0\t0032A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
        *\t0000000A\t00000000\t0200\t0\t0\t0\t000000FF\t0\t0\t0
        eth1\t00000000\t0100000A\t0002\t0\t0\t0\t00000000\t0\t0\t0

        """

    private let six = """
        fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
        00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003     eth0
        00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo

        """

    @Test("routes that are up are read with their bytes in the right order")
    func read() throws {
        let routes = try RouteTable(parsingIPv4: four).routes
        #expect(routes.map(\.interface) == ["eth0", "eth0"])
        #expect(routes.map(\.isDefault) == [true, false])
        #expect(routes.map(\.gateway?.description) == ["192.168.50.1", nil])
        #expect(routes.map(\.metric) == [100, 0])
        #expect(routes.map(\.length) == [0, 24])
        #expect(routes.map { IPAddress("192.168.50.7").map($0.covers) } == [true, true])
        #expect(routes.map { IPAddress("192.168.51.7").map($0.covers) } == [true, false])
        #expect(routes.map { IPAddress("::1").map($0.covers) } == [false, false])
        let more = try RouteTable(parsingIPv6: six).routes
        #expect(more.map(\.length) == [64, 0])
        #expect(more.map(\.gateway?.description) == [nil, "fe80::1"])
        #expect(more.map(\.metric) == [256, 1024])
    }

    @Test("a table with nothing in it has no routes")
    func empty() throws {
        #expect(try RouteTable(parsingIPv4: "").routes == [])
        #expect(try RouteTable(parsingIPv4: String(four.prefix { $0 != "\n" })).routes == [])
        #expect(try RouteTable(parsingIPv6: "\n").routes == [])
    }

    @Test("what the kernel does not print is an error with its line")
    func malformed() {
        #expect(throws: ParseError(line: 2, "expected a route")) { try RouteTable(parsingIPv4: "x\neth0\tzz\n") }
        #expect(throws: ParseError(line: 1, "expected a route")) { try RouteTable(parsingIPv6: "00 00\n") }
    }
}
