internal import ConfigFormats
internal import Testing

@Suite("sysctl.d")
struct SysctlFileTests {
    @Test("a line is a key and a value, with what stands around them taken off")
    func lines() {
        let file = SysctlFile(
            parsing: """
                # a comment
                ; another
                net.ipv4.ip_forward=1
                  -net/ipv4/conf/eth0.7/forwarding =  0\u{20}
                -net.ipv4.conf.lo.forwarding
                kernel.core_pattern = |/usr/bin/x =%p # no comment
                net.ipv4.ip_forward
                = 3
                vm.swappiness =\r

                """)
        #expect(file.entries.map(\.line) == [3, 4, 5, 6, 9])
        #expect(
            file.entries.map(\.key) == [
                "net.ipv4.ip_forward", "net/ipv4/conf/eth0.7/forwarding", "net.ipv4.conf.lo.forwarding",
                "kernel.core_pattern", "vm.swappiness",
            ])
        #expect(file.entries.map(\.value) == ["1", "0", nil, "|/usr/bin/x =%p # no comment", ""])
        #expect(file.entries.map(\.ignoresFailure) == [false, true, false, false, false])
        #expect(file.malformed.map(\.line) == [7, 8])
    }

    @Test(
        "dots and slashes change places where the first separator is a dot",
        arguments: [
            ("net.ipv4.ip_forward", "net/ipv4/ip_forward"), ("net/ipv4/conf/eth0.7/x", "net/ipv4/conf/eth0.7/x"),
            ("net.ipv4.conf.eth0/7.x", "net/ipv4/conf/eth0.7/x"), ("/net/ipv4//./x", "net/ipv4/x"),
            ("MEM", "MEM"), ("net..x", "net/x"),
        ])
    func paths(_ key: String, _ path: String) { #expect(SysctlFile.path(of: key) == path) }

    @Test("a pattern stands for paths with as many parts")
    func patterns() {
        #expect(SysctlFile.matches("net/ipv4/conf/*/forwarding", "net/ipv4/conf/all/forwarding"))
        #expect(SysctlFile.matches("net/*/conf/a?l/forward[a-i]ng", "net/ipv4/conf/all/forwarding"))
        #expect(!SysctlFile.matches("net/*/forwarding", "net/ipv4/conf/all/forwarding"))
        #expect(!SysctlFile.matches("net/ipv4/conf/*", "net/ipv4/conf/all/forwarding"))
        #expect(SysctlFile.isPattern("net/ipv4/ip_*"))
        #expect(!SysctlFile.isPattern("net/ipv4/ip_forward"))
    }
}
