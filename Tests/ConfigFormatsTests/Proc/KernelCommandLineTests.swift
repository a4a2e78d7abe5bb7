internal import ConfigFormats
internal import Testing

@Suite("Kernel command line")
struct KernelCommandLineTests {
    @Test("splits at white space outside quotes")
    func words() {
        let line = KernelCommandLine(parsing: "quiet  root=UUID=1 a=\"b c\" \"d=e f\"\tg=\"h\n")
        #expect(line.arguments.map(\.key) == ["quiet", "root", "a", "d", "g"])
        #expect(line.arguments.map(\.value) == [nil, "UUID=1", "b c", "e f", "h\n"])
    }

    @Test("takes hyphens and underscores in keys as one, and knows all values and the last")
    func values() {
        let line = KernelCommandLine(parsing: "modules_load=a,b modules-load=c rd.modules_load=d module_blacklist=x")
        #expect(line.values(of: "modules_load") == ["a,b", "c"])
        #expect(line.lastValue(of: "modules-load") == "c")
        #expect(line.lastValue(of: "modules") == nil)
        #expect(line.contains("module-blacklist"))
    }

    @Test(
        "decides a switch as systemd does",
        arguments: [
            ("systemd.swap", true), ("systemd.swap=no", false), ("systemd.swap=OFF", false), ("systemd.swap=1", true),
            ("systemd.swap=no systemd.swap", true), ("systemd.swap=0 systemd.swap=maybe", false),
            ("systemd.swap=", nil),
            ("", nil), ("systemd.swapx=no", nil),
        ])
    func boolean(_ text: String, _ expected: Bool?) {
        #expect(KernelCommandLine(parsing: text).boolean(of: "systemd.swap") == expected)
    }
}
