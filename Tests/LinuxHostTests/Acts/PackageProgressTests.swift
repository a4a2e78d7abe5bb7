import Testing

@testable import LinuxHost

@Suite("How far apt has come")
struct PackageProgressTests {
    @Test(
        "the last line of progress counts, whatever stands beside it",
        arguments: [
            ("", nil), ("E: no progress\n", nil),
            ("dlstatus:1:0:Retrieving file 1 of 3\n", "0 % downloaded"),
            ("dlstatus:2:43.7654:Retrieving file 2 of 3\nW: a warning\n", "43 % downloaded"),
            ("dlstatus:3:100:done\npmstatus:kubelet:12.5:Unpacking kubelet (amd64)\n", "12 % installed"),
            ("pmstatus:libc6:amd64:60.0000:Configuring libc6:amd64 (amd64)\n", "60 % installed"),
            ("pmstatus:kubelet:nan:x\n", nil), ("pmstatus:kubelet:-1:x\n", nil), ("pmstatus:x:1e9:x\n", nil),
            ("pmstatus\n", nil), ("pmstatus:\n", nil),
        ] as [(String, String?)])
    func progress(_ log: String, _ expected: String?) {
        #expect(PackageProgress.text(in: log) == expected)
    }

    @Test("what is told of a failure is apt's own line")
    func errors() {
        let log = "dlstatus:1:0:Retrieving\nE: Could not get lock /var/lib/dpkg/lock-frontend.\npmstatus:x:0:y\n"
        #expect(PackageProgress.errors(in: log) == "E: Could not get lock /var/lib/dpkg/lock-frontend.\n")
        #expect(PackageProgress.errors(in: "") == "")
    }
}
