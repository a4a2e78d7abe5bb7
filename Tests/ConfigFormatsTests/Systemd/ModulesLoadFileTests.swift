internal import ConfigFormats
internal import Testing

@Suite("modules-load.d")
struct ModulesLoadFileTests {
    @Test("names one module a line, without comments and blanks")
    func entries() {
        let file = ModulesLoadFile(parsing: "# c\n; d\n  overlay \r\n\n\tbr-netfilter\t\n #x\nip_vs # not a comment")
        #expect(file.entries.map(\.module) == ["overlay", "br-netfilter", "ip_vs # not a comment"])
        #expect(file.entries.map(\.line) == [3, 5, 7])
    }

    @Test("finds a module whether hyphens or underscores are used")
    func naming() {
        let file = ModulesLoadFile(parsing: "overlay\nbr-netfilter")
        #expect(file.line(naming: "br_netfilter") == 2)
        #expect(file.line(naming: "br_net") == nil)
    }

    @Test("leaves hyphens in brackets alone, as libkmod does")
    func brackets() {
        #expect(ModuleName("a-b[c-d]-e").text == "a_b[c-d]_e")
        #expect(ModuleName("br-netfilter") == ModuleName("br_netfilter"))
    }
}
