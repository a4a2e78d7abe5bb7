import Testing

@testable import LinuxHost

@Suite("Cause of apt's failure")
struct AptCauseTests {
    @Test(
        "each kind of failure is told apart, with apt's own line",
        arguments: [
            (
                "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1234 (unattended-upgr)",
                "process 1234 holds dpkg's lock"
            ),
            ("E: Could not get lock /var/lib/apt/lists/lock - open", "another program holds dpkg's lock"),
            (
                "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.",
                "dpkg was interrupted before"
            ),
            ("dpkg: error: cannot write: No space left on device", "the disk is full"),
            (
                "W: GPG error: http://x InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 234654DA9A296436",
                "the repository is not signed by a valid key"
            ),
            ("E: The repository 'http://x ./ Release' is not signed.", "the repository is not signed by a valid key"),
            (
                "E: Release file for http://x/InRelease is expired (invalid since 3d 2h 1min 5s).",
                "the repository's Release file is out of date"
            ),
            ("W: Failed to fetch http://x/InRelease  Could not resolve 'x'", "the repository cannot be reached"),
            ("E: Failed to fetch http://x/y.deb  Could not connect to x:80", "the repository cannot be reached"),
            ("E: Version '9.9' for 'bash' was not found", "the repositories do not offer that version"),
            ("E: Unable to locate package kubeadm", "the repositories do not offer that package"),
            ("E: Packages need to be removed but remove is disabled.", "it would remove other packages"),
            (
                "E: Packages were downgraded and -y was used without --allow-downgrades.", "it would be a downgrade"
            ),
            (
                "E: Held packages were changed and -y was used without --allow-change-held-packages.",
                "a held package would change"
            ),
            (
                "E: Unable to correct problems, you have held broken packages.", "its dependencies cannot be met"
            ),
            (
                "E: Failed to fetch http://x/y  404  Not Found [IP: 10.0.0.1 80]",
                "the repository does not give what it lists"
            ),
            ("E: Sub-process /usr/bin/dpkg returned an error code (1)", "dpkg failed"),
        ])
    func kinds(_ line: String, _ meaning: String) {
        #expect(AptCause.cause(in: "N: something else\n\(line)\n") == "\(meaning): \"\(line)\"")
    }

    @Test("what explains the rest is told, wherever it stands")
    func order() {
        let text = "E: Failed to fetch x  404\nE: Could not get lock /l. It is held by process 7 (apt)\n"
        #expect(AptCause.cause(in: text).hasPrefix("process 7 holds"))
    }

    @Test("an error that is not known is quoted, and no text is said to be none")
    func unknown() {
        #expect(AptCause.cause(in: "W: this\nE: that\u{1B}[31m\nN: more\n") == "apt says \"E: that [31m\"")
        #expect(AptCause.cause(in: "something\n") == "apt says \"something\"")
        #expect(AptCause.cause(in: "") == "apt says nothing")
    }
}
