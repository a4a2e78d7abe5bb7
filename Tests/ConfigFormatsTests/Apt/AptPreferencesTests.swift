internal import Testing

@testable import ConfigFormats

@Suite("apt's preferences")
struct AptPreferencesTests {
    private func read(_ text: String) -> AptPreferences { AptPreferences(Array(text.utf8)) }

    private func pin(_ packages: String, _ pin: String = "version 1.28.1-1.1") throws -> AptPreferences.Pin {
        try #require(read("Package: \(packages)\nPin: \(pin)\nPin-Priority: 990\n").pins.first)
    }

    @Test("stanzas are read with their lines, comments and explanations left out")
    func stanzas() {
        let found = read(
            "# x\n\nExplanation: why\nPackage: kubeadm\n kubelet\n# y\nPin:version 1.28.*\nPin-Priority: 990x\n\n\n"
                + "package: *\r\nPIN: origin \"\"\r\nPin-Priority: -1\r\n")
        #expect(found.malformed == [])
        #expect(found.pins.map(\.line) == [3, 11])
        #expect(found.pins.map(\.packages) == [["kubeadm", "kubelet"], ["*"]])
        #expect(found.pins.map(\.subject) == [.version("1.28.*"), .origin("\"\"")])
        #expect(found.pins.map(\.priority) == [990, -1])
    }

    // Each of these was given to apt 2.6, which takes it so.
    @Test("a name means a package as apt has it")
    func names() throws {
        for word in [
            "kubeadm", "kube*", "KUBE*", "/^kube(adm|let)$/", "/UBEAD/", "a b kubeadm", "k[a-z]beadm", "kubeadm:any",
        ] {
            #expect(try pin(word).names("kubeadm") == true, "\(word)")
        }
        for word in ["KUBEADM", "kubeadm,kubelet", "kub", "/^adm/", "src:other", "kube?", "kubelet:amd64"] {
            #expect(try pin(word).names("kubeadm") == false, "\(word)")
        }
        for word in ["kubeadm:amd64", "src:kubeadm", "/kube{1}/"] {
            #expect(try pin(word).names("kubeadm") == nil, "\(word)")
        }
        #expect(try pin("*", "origin pkgs.k8s.io").names("kubeadm") == false)
    }

    @Test("a version is covered as apt has it, and what only the repository knows is not guessed")
    func covers() throws {
        let version = "1.28.1-1.1"
        for text in ["version 1.28.1-1.1", "version 1.28.*", "version 1.28*", "version *", "Version /^1[.]28/"] {
            #expect(try pin("x", text).covers(version: version, from: nil) == true, "\(text)")
        }
        for text in ["version 1.28", "version 1.29.*", "version 1.28.1", "version 1.28.1-00"] {
            #expect(try pin("x", text).covers(version: version, from: nil) == false, "\(text)")
        }
        #expect(try pin("x", "origin pkgs.k8s.io").covers(version: version, from: "pkgs.k8s.io") == true)
        #expect(try pin("x", "origin \"*.k8s.io\"").covers(version: version, from: "pkgs.k8s.io") == true)
        #expect(try pin("x", "origin other").covers(version: version, from: "pkgs.k8s.io") == false)
        #expect(try pin("x", "origin \"\"").covers(version: version, from: "pkgs.k8s.io") == false)
        #expect(try pin("x", "origin pkgs.k8s.io").covers(version: version, from: nil) == nil)
        #expect(try pin("x", "release o=k8s").covers(version: version, from: "pkgs.k8s.io") == nil)
    }

    @Test(
        "a stanza that apt refuses is no pin and is named by a line",
        arguments: [
            ("Pin: version 1\nPin-Priority: 990\n", 1), ("Package: a\nPin: version 1\n", 1),
            ("Package: a\nPin: version 1\nPin-Priority: abc\n", 3),
            ("Package: a\nPin: version 1\nPin-Priority: 0\n", 3),
            ("Package: a\nPin: version 1\nPin-Priority: 99999\n", 3),
            ("Package: a\nPin: version 1\nPin-Priority: 99999999999999999999\n", 3),
            ("Package: a\nPin: foo 1\nPin-Priority: 990\n", 2), ("Package: *\nPin: version 1\nPin-Priority: 990\n", 2),
            ("nonsense\nPackage: a\nPin: version 1\nPin-Priority: 990\n", 1),
        ])
    func malformed(text: String, line: Int) {
        let found = read(text + "\nPackage: good\nPin: version 1\nPin-Priority: 1\n")
        #expect(found.malformed.map(\.line) == [line])
        #expect(found.pins.map(\.packages) == [["good"]])
    }

    @Test("a stanza without Pin says nothing")
    func silent() {
        #expect(read("Package: a\nPin-Priority: 990\n") == read("Package: a\nPin-Priority: 990\n"))
        #expect(read("Package: a\nPin-Priority: 990\n").pins == [] && read("Package: a\n").malformed == [])
    }

    @Test(
        "an expression with many ways through a name is told all the same, and one that is not understood is not read")
    func expressions() {
        let endless = NameExpression("(a*)*(a*)*(a*)*(a|a)*(a|aa)*b")
        #expect(endless?.occurs(in: String(repeating: "a", count: 200)) == false)
        #expect(endless?.occurs(in: String(repeating: "a", count: 200) + "b") == true)
        #expect(NameExpression("(a+b?)+c|^x*$")?.occurs(in: "zaabac") == true)
        #expect(NameExpression("(a+b?)+c|^x*$")?.occurs(in: "zaabba") == false)
        #expect(NameExpression("(a+b?)+c|^x*$")?.occurs(in: "") == true)
        #expect(NameExpression("(()+)+a?")?.begins("b") == true)
        for text in ["a{2}", "\\w", "(?i)a", "a**", "*a", "(a", "[a", "[[:alpha:]]", "a)", "(", "\\"] {
            #expect(NameExpression(text) == nil, "\(text)")
        }
        #expect(NameExpression(String(repeating: "(", count: 100) + String(repeating: ")", count: 100)) == nil)
        #expect(NameExpression("^containerd$")?.begins("containerd") == true)
        #expect(NameExpression("^containerd$")?.begins("containerd.io") == false)
        #expect(NameExpression("ontainerd")?.begins("containerd") == false)
        #expect(NameExpression("libc6\\+x?|runc")?.begins("runc") == true)
        #expect(NameExpression("")?.begins("x") == true)
        #expect(NameExpression("[^a-c]+$")?.begins("xyz") == true)
    }

    @Test(
        "a bracket without its end stands for itself, as in fnmatch(3)",
        arguments: [
            ("1.28.*[", "1.28.1", false), ("1.28.*[", "1.28.1[", true), ("[", "[", true), ("[", "a", false),
            ("[a", "[a", true), ("[a", "aa", false), ("\\", "\\", false), ("\\[", "[", true),
        ])
    func openBracket(_ pattern: String, _ name: String, _ isMatch: Bool) throws {
        #expect(try #require(NamePattern(pattern, isAlwaysPattern: true)).matches(name) == isMatch)
    }

    @Test("a class of characters by name is not understood", arguments: ["[[:digit:]]", "1.2[[:alpha:][=a=]]*"])
    func namedClass(_ pattern: String) {
        #expect(NamePattern(pattern, isAlwaysPattern: true) == nil)
    }
}
