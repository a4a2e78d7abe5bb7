internal import ConfigFormats
internal import Testing

@Suite("IP addresses")
struct IPAddressTests {
    @Test(
        "an address is written as inet_ntop(3) writes it",
        arguments: [
            ("192.168.1.11", "192.168.1.11"), ("0.0.0.0", "0.0.0.0"), ("::", "::"), ("::1", "::1"),
            ("fe00::0", "fe00::"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
            ("::0a00:1", "::10.0.0.1"), ("1:0:2:0:0:0:3:4", "1:0:2::3:4"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("fe80::1:0", "fe80::1:0"),
            ("0001:0:0:0:0:0:0:000a", "1::a"), ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
        ])
    func canonical(_ text: String, _ canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test(
        "anything else is no address",
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.-4", "1.2.3.4 ", "0x1.2.3.4", "1.2.3.4444",
            "1..3.4",
            ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "fe80::1%eth0",
            "1:2:3:4::5:6:7:8",
            "::1.2.3", "1.2.3.4::", "::+1", "-1::", ":1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:", "٣.1.1.1", "{",
        ])
    func none(_ text: String) { #expect(IPAddress(text) == nil) }

    @Test("what leads back to the machine is loopback, mapped into IPv6 too")
    func loopback() {
        for text in ["127.0.0.1", "127.0.1.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"] {
            #expect(IPAddress(text)?.isLoopback == true, "\(text)")
        }
        for text in ["126.0.0.1", "128.0.0.1", "::", "::2", "1::1", "::ffff:10.0.0.1", "::127.0.0.1"] {
            #expect(IPAddress(text)?.isLoopback == false, "\(text)")
        }
    }
}
