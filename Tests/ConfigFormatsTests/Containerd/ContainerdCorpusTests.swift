internal import ConfigFormats
internal import Testing

@Suite("Corpus of containerd's files", .enabled(if: Corpus.folder != nil, Comment(rawValue: Corpus.absence)))
struct ContainerdCorpusTests {
    private static let runc = ContainerdRuntime.runc

    @Test("every file of containerd is read as is known of it, and edited to be right in the intended keys alone")
    func files() throws {
        let samples = try ContainerdSample.all()
        var (verdicts, edits, refused) = (0, 0, 0)
        for sample in samples {
            guard sample.expected.valid else {
                let isRefused = isRefused(sample)
                #expect(isRefused, "\(sample)")
                if isRefused { (verdicts, edits, refused) = (verdicts + 1, edits + 1, refused + 1) }
                continue
            }
            let file = try ContainerdFile(path: "\(sample)", bytes: sample.bytes)
            let view = ContainerdView(file, scope: ContainerdView.scope(file.version))
            #expect(view == ContainerdView(sample.expected), "\(sample)")
            #expect(view.isOK == sample.expected.ok, "\(sample)")
            if view == ContainerdView(sample.expected), view.isOK == sample.expected.ok { verdicts += 1 }
            if try isRightEdit(of: file, for: sample.release, isOK: view.isOK) { edits += 1 }
        }
        print(
            "containerd    files \(samples.count)  right verdicts \(verdicts)  right edits \(edits)  (\(refused) of them refused, byte for byte)"
        )
        #expect(samples.count > 0 && verdicts == samples.count && edits == samples.count)
    }

    @Test("the default file of every release of Debian becomes right by its values of cgroups and of CNI plugins alone")
    func defaults() throws {
        let files = try ContainerdSample.defaults()
        var right = 0
        for (name, bytes, release) in files {
            let file = try ContainerdFile(path: name, bytes: bytes)
            let configuration = ContainerdConfiguration([file], for: release)
            #expect(configuration.cgroupFault == .off && configuration.disablings.isEmpty, "\(name)")
            let edit = try #require(try ContainerdEdit(of: configuration).files.first)
            let text = String(decoding: bytes, as: UTF8.self)
            let wanted = text.replacing("SystemdCgroup = false", with: "SystemdCgroup = true", maxReplacements: 1)
                .replacing("bin_dir = \"/usr/lib/cni\"", with: "bin_dir = \"/opt/cni/bin\"")
            #expect(String(decoding: edit.after, as: UTF8.self) == wanted, "\(name)")
            if String(decoding: edit.after, as: UTF8.self) == wanted { right += 1 }
        }
        print("containerd's own defaults  files \(files.count)  right edits \(right)")
    }

    /// A template or a file that is no TOML: named as what it is, and nothing is made of it.
    private func isRefused(_ sample: ContainerdSample) -> Bool {
        do throws(ParseError) {
            _ = try ContainerdFile(path: "f", bytes: sample.bytes)
            return false
        } catch {
            switch ContainerdRefusal(path: "f", bytes: sample.bytes, error: error) {
            case .template: return sample.expected.template == true
            case .invalid: return sample.expected.template == false
            default: return false
            }
        }
    }

    private func isRightEdit(of file: ContainerdFile, for release: ContainerdRelease, isOK: Bool) throws -> Bool {
        let edit: ContainerdEdit
        do throws(ContainerdRefusal) {
            edit = try ContainerdEdit(of: ContainerdConfiguration([file], for: release))
        } catch {
            // A file that is right for the corpus may be wrong for a reason that no edit of ours mends.
            if !isOK { Issue.record("\(file.path): refused, \(error)") }
            print("containerd    \(file.path) stays as it is: \(error)")
            return isOK
        }
        let after = edit.files.first?.after ?? file.bytes
        let new = try ContainerdFile(path: file.path, bytes: after)
        let view = ContainerdView(new, scope: ContainerdView.scope(new.version))
        #expect(view.isOK, "\(file.path)")
        let again = try ContainerdEdit(of: ContainerdConfiguration([new], for: release))
        #expect(again.files.isEmpty, "\(file.path): a second edit changes it again")
        let strays = strays(from: file, to: new, isOK: isOK)
        #expect(strays.isEmpty, "\(file.path)")
        let isKept = keepsLines(file.bytes, after)
        #expect(isKept, "\(file.path)")
        return view.isOK && again.files.isEmpty && strays.isEmpty && isKept
    }

    /// The keys that differ and ought not to; of a file that was right, everything but an unusable type.
    private func strays(from old: ContainerdFile, to new: ContainerdFile, isOK: Bool) -> [String] {
        let raised = (old.version ?? 1) < 2 && new.version == 2
        let rename = { (name: String) in raised ? ContainerdPlugins.full(name) ?? name : name }
        let before = TOMLNode.table(old.text.root).leaves(plugin: rename)
        let after = TOMLNode.table(new.text.root).leaves(plugin: rename)
        let scope = ContainerdView.scope(new.version)
        let name = new.plugins.value(at: [scope, "containerd", "default_runtime_name"])?.string ?? "runc"
        let table = "/plugins/\(scope)/containerd"
        let tables = ["runc", name].map { "\(table)/runtimes/\($0)" } + ["\(table)/default_runtime"]
        var intended = tables.map { "\($0)/runtime_type" }
        intended += ["bin_dir", "bin_dirs"].map { "/plugins/\(scope)/cni/\($0)" }
        if !isOK || old.plugins.value(at: [scope, "containerd", "default_runtime_name"]) != nil {
            intended += tables.flatMap { ["\($0)/options/SystemdCgroup", "\($0)/options", $0] }
            intended += ["", "/disabled_plugins", "/version", "/plugins/\(scope)/systemd_cgroup"]
        }
        return Set(before.keys).union(after.keys).filter { before[$0] != after[$0] && !intended.contains($0) }.sorted()
    }

    /// Whether every line is still there, in order, but for those that the edit rewrote and those it added.
    private func keepsLines(_ old: [UInt8], _ new: [UInt8]) -> Bool {
        let before = old.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
        let after = new.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
        let rewritten =
            ["SystemdCgroup", "disabled_plugins", "version", "bin_dir", "runtime_type", "systemd_cgroup", "plugins."]
            + ContainerdPlugins.cri
        var place = after.startIndex
        for line in before {
            let text = String(decoding: line, as: UTF8.self)
            if let found = after[place...].firstIndex(of: line) {
                place = found + 1
            } else if !rewritten.contains(where: text.contains) {
                return false
            }
        }
        return (old.last == 10) == (new.last == 10) || old.isEmpty
    }
}
