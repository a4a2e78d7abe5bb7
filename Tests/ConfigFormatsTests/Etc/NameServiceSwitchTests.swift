internal import ConfigFormats
internal import Testing

@Suite("nsswitch.conf")
struct NameServiceSwitchTests {
    @Test(
        "services are named in order, without what they do with an outcome",
        arguments: [
            ("hosts: files dns\n", ["files", "dns"]), ("# hosts: nis\n\thosts:\tfiles dns # nis\n", ["files", "dns"]),
            ("hosts:files [NOTFOUND=return] dns", ["files", "dns"]),
            ("hosts: mymachines resolve[!UNAVAIL=return SUCCESS=merge]files\r\n", ["mymachines", "resolve", "files"]),
            ("hosts: dns\nhosts: files\n", ["files"]), ("hosts:\n", []), ("hosts : files\n", ["files"]),
        ])
    func services(_ text: String, _ services: [String]) {
        #expect(NameServiceSwitch(parsing: text).databases["hosts"]?.services == services)
    }

    @Test("no line is no answer", arguments: ["", "passwd: files\n", "#hosts: files\n", "hosts\n"])
    func absent(_ text: String) { #expect(NameServiceSwitch(parsing: text).databases["hosts"] == nil) }
}
