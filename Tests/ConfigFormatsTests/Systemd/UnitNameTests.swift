internal import ConfigFormats
internal import Testing

@Suite("Unit names of paths")
struct UnitNameTests {
    // Made with `systemd-escape --path -- PATH` of systemd 252; nil where it refuses.
    @Test(
        "are those of systemd-escape",
        arguments: [
            ("/", "-"), ("", "-"), ("//", "-"), ("/.", "-"),
            ("/dev/sda", "dev-sda"), ("/dev//sda/", "dev-sda"), ("/./a", "a"), ("foo/bar", "foo-bar"),
            ("/swap.img", "swap.img"), ("/.hidden/swap", "\\x2ehidden-swap"), ("/a/.b/..c", "a-.b-..c"),
            ("/...", "\\x2e.."), ("/home/old swap", "home-old\\x20swap"), ("/-", "\\x2d"), ("/a_b:c", "a_b:c"),
            ("/dev/disk/by-uuid/1f2a-318", "dev-disk-by\\x2duuid-1f2a\\x2d318"), ("/a@b", "a\\x40b"),
            ("/sw\u{E4}p", "sw\\xc3\\xa4p"), ("/\u{65E5}\u{672C}", "\\xe6\\x97\\xa5\\xe6\\x9c\\xac"),
            ("/a\\b", "a\\x5cb"),
            ("/dev/disk/by-partlabel/Linux\\x20swap", "dev-disk-by\\x2dpartlabel-Linux\\x5cx20swap"),
            ("/new\nline", "new\\x0aline"), ("/..", nil), ("/a/../b", nil),
        ])
    func escape(_ path: String, _ name: String?) {
        #expect(UnitName.escapingPath(path) == name)
    }

    // Made with `systemd-escape --unescape --path -- NAME` of systemd 252, but for the last two: it ends a path at a
    // NUL and prints bytes that are not UTF-8.
    @Test(
        "lead back to the path",
        arguments: [
            ("-", "/"), ("dev-sda", "/dev/sda"), ("swap.img", "/swap.img"), ("\\x2ehidden-swap", "/.hidden/swap"),
            ("home-old\\x20swap", "/home/old swap"), ("sw\\xc3\\xa4p", "/sw\u{E4}p"), ("a\\x2fb", "/a/b"),
            ("", nil), ("a-", nil), ("-a", nil), ("a--b", nil), ("..", nil), ("\\x2e\\x2e", nil), ("a\\x", nil),
            ("a\\x00", nil), ("bad\\xff", nil),
        ])
    func unescape(_ name: String, _ path: String?) {
        #expect(UnitName.unescapingPath(name) == path)
    }
}
