internal import Testing

@testable import ConfigFormats

@Suite("apt's policy")
struct AptPolicyTests {
    private let text = """
        kubeadm:
          Installed: 1.28.1-1.1
          Candidate: 1.28.1-1.1
          Version table:
             1.28.15-1.1 500
                500 https://pkgs.k8s.io/core:/stable:/v1.28/deb  Packages
         *** 1.28.1-1.1 990
                500 https://pkgs.k8s.io/core:/stable:/v1.28/deb  Packages
                100 /var/lib/dpkg/status
        kubelet:
          Installed: (none)
          Candidate: 1.28.15-1.1
          Version table:
             1.28.15-1.1 500 (phased 10%)
               1001 https://user@mirror.example.org/k8s  Packages
             1.28.1-1.1 -1
                 -1 https://pkgs.k8s.io/core:/stable:/v1.28/deb  Packages

        """

    @Test("versions, priorities and sources are read, and a pin is told from a source")
    func reading() throws {
        let policy = try AptPolicy(parsing: text)
        #expect(policy.packages.map(\.name) == ["kubeadm", "kubelet"])
        let kubeadm = try #require(policy.package("kubeadm"))
        #expect(kubeadm.installed == "1.28.1-1.1" && kubeadm.candidate == "1.28.1-1.1")
        let version = try #require(kubeadm.version("1.28.1-1.1"))
        #expect(version.priority == 990 && version.isInstalled && version.isPinned)
        #expect(version.sources.map(\.host) == ["pkgs.k8s.io", ""])
        #expect(kubeadm.version("1.28.15-1.1")?.isPinned == false)
        let kubelet = try #require(policy.package("kubelet"))
        #expect(kubelet.installed == nil && kubelet.candidate == "1.28.15-1.1")
        #expect(kubelet.versions.map(\.priority) == [500, -1])
        #expect(
            kubelet.version("1.28.15-1.1")?.sources.first
                == .init(priority: 1001, text: "https://user@mirror.example.org/k8s Packages"))
        #expect(kubelet.version("1.28.15-1.1")?.sources.first?.host == "mirror.example.org")
    }

    @Test("nothing printed means that no package is known")
    func empty() throws {
        #expect(try AptPolicy(parsing: "").packages == [])
        #expect(
            try AptPolicy(parsing: "a:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n").package("a")?
                .candidate == nil)
    }

    @Test(
        "another text is no answer",
        arguments: [
            ("E: The list of sources could not be read.\n", 1), ("  Installed: 1\n", 1), ("a:\n  nonsense\n", 2),
            ("a:\n     1.0 x\n", 2), ("a:\n  Installed: 1 2\n", 2), ("a b:\n", 1), ("a:\n        500 x\n", 2),
            (":\n", 1),
        ])
    func malformed(text: String, line: Int) {
        #expect { try AptPolicy(parsing: text) } throws: { ($0 as? ParseError)?.line == line }
    }
}
