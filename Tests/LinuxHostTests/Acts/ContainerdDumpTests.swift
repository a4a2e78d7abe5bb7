import Testing

@testable import LinuxHost

@Suite("Dump of containerd")
struct ContainerdDumpTests {
    private static let candidate = """
        version = 2
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
          SystemdCgroup = true
        """

    private static func dump(
        disabled: String = "", type: String = "io.containerd.runc.v2", cgroup: Bool = true, runtime: String = "runc",
        scope: String = "io.containerd.grpc.v1.cri"
    ) -> String {
        """
        disabled_plugins = [\(disabled)]
        version = 2
        [plugins."\(scope)".containerd]
          default_runtime_name = "\(runtime)"
          [plugins."\(scope)".containerd.runtimes.\(runtime)]
            runtime_type = "\(type)"
            [plugins."\(scope)".containerd.runtimes.\(runtime).options]
              SystemdCgroup = \(cgroup)
        """
    }

    private func fault(_ dump: String, _ candidate: String = candidate) -> String? {
        ContainerdDump.fault(in: Array(dump.utf8), of: Array(candidate.utf8))
    }

    @Test("a dump with what was meant has no fault, in the tables of each version")
    func good() {
        #expect(fault(Self.dump()) == nil)
        #expect(fault(Self.dump(scope: "io.containerd.cri.v1.runtime")) == nil)
        #expect(fault(Self.dump(runtime: "nvidia")) == nil)
    }

    @Test("a value that is not in the dump is a fault, whatever the exit status was")
    func notRead() {
        #expect(fault(Self.dump(cgroup: false)) == "containerd does not read SystemdCgroup = true for runc")
        #expect(fault(Self.dump(type: "")) == "containerd reads an empty runtime_type for runc")
        #expect(
            fault(Self.dump(disabled: "\"io.containerd.grpc.v1.cri\""))
                == "containerd still reads the CRI as disabled (io.containerd.grpc.v1.cri)")
        #expect(fault("version = 2") == "containerd reads no settings of the CRI in it")
        #expect(fault("") == "containerd reads no settings of the CRI in it")
        let other = Self.dump().replacing("default_runtime_name = \"runc\"", with: "default_runtime_name = \"kata\"")
        #expect(fault(other) == "containerd reads no runtime kata in it")
    }

    @Test("an edit that leaves containerd looking for CNI plugins in Debian's directory alone is a fault")
    func directories() {
        func fault(_ scope: String, _ setting: String) -> String? {
            self.fault(Self.dump(scope: scope) + "\n[plugins.\"\(scope)\".cni]\n\(setting)\n")
        }
        let (old, new) = ("io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime")
        let alone = "containerd would look for CNI plugins in /usr/lib/cni alone"
        #expect(fault(old, "bin_dir = \"/usr/lib/cni\"") == alone)
        #expect(fault(new, "bin_dir = ''\nbin_dirs = ['/usr/lib/cni/']") == alone)
        #expect(fault(old, "bin_dir = \"/opt/cni/bin\"") == nil)
        #expect(fault(new, "bin_dirs = ['/usr/lib/cni', '/opt/cni/bin']") == nil)
        #expect(fault(old, "bin_dir = \"/srv/cni\"") == nil)
    }

    @Test("what the new text does not ask for is no fault")
    func notAsked() {
        #expect(fault(Self.dump(cgroup: false), "version = 2\ndisabled_plugins = []\n") == nil)
        let off = "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n"
        #expect(fault(Self.dump(disabled: "\"io.containerd.grpc.v1.cri\"", cgroup: false), off) == nil)
    }

    @Test("only the keys of the edit, and what its text states, may be read otherwise than before")
    func former() {
        func fault(_ former: String, _ now: String, _ candidate: String = Self.candidate) -> String? {
            ContainerdDump.fault(
                in: Array((Self.dump() + "\n" + now).utf8), of: Array(candidate.utf8),
                former: Array((Self.dump(disabled: "\"cri\"", type: "x", cgroup: false) + "\n" + former).utf8))
        }
        #expect(fault("[grpc]\naddress = \"/a\"", "[grpc]\naddress = \"/a\"\nuid = 0") == nil)
        let lost = "containerd would no longer read grpc.address as it does now"
        #expect(fault("[grpc]\naddress = \"/a\"", "[grpc]\naddress = \"/b\"") == lost)
        #expect(fault("[grpc]\naddress = \"/a\"", "") == lost)
        #expect(fault("[grpc]\naddress = \"\"\nuid = 0", "") == nil)
        #expect(fault("[grpc]\naddress = \"/a\"", "[ttrpc]\naddress = \"/a\"") == nil)
        let stated = Self.candidate + "\n[elsewhere]\naddress = \"/b\""
        #expect(fault("[grpc]\naddress = \"/a\"", "[grpc]\naddress = \"/b\"", stated) == nil)
        let older = Self.candidate + "\n[elsewhere]\nbin_dir = \"/b\""
        #expect(fault("[cni]\nbin_dirs = [\"/a\"]", "[cni]\nbin_dirs = [\"/b\"]", older) == nil)
        #expect(fault("[cni]\nbin_dirs = [\"/a\"]", "[cni]\nbin_dirs = []", older)?.contains("cni.bin_dirs") == true)
        #expect(fault("no TOML", "") == nil)
    }

    @Test("texts that are no TOML are a fault", arguments: ["[", "a = ", "\u{0}"])
    func noTOML(_ text: String) {
        #expect(fault(text) != nil)
        #expect(fault(Self.dump(), text) != nil)
    }
}
