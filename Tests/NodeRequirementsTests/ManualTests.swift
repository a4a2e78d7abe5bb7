import Glibc
import LinuxHost
import NodeEngine
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("Commands by hand")
struct ManualTests {
    /// Commands that do nothing without root, and are not run by it as they are printed.
    private static let rootOnly = [
        "swapoff", "swapon", "modprobe", "apt-get", "apt-mark", "dpkg --configure", "hostnamectl set", "rm", "mv",
        "chmod", "touch", "mkdir", "sed -i", "update-grub", "reboot", "sysctl -w", "tee", "systemctl start",
        "systemctl stop", "systemctl restart", "systemctl enable", "systemctl disable", "systemctl mask",
        "systemctl unmask", "systemctl daemon-reload", "editor", "truncate", "mount",
    ]

    /// What is wrong with a command that a user with sudo pastes; `nil` when nothing is.
    private static func fault(of command: String) -> String? {
        let words = command.split(separator: " ", omittingEmptySubsequences: false)
        if let index = words.firstIndex(of: "-i"), index > 0, words[index - 1] == "sed",
            words.dropFirst(index + 1).first?.drop(while: { $0 == "'" }).first?.isNumber == true
        {
            return "tells a line by its number"
        }
        if words.contains(where: { $0.hasPrefix(">") && $0 != ">/dev/null" }), !command.hasPrefix("sudo sh -c") {
            return "is redirected by a shell that is not root's"
        }
        if command.hasPrefix("sudo echo") || command.hasPrefix("sudo printf") { return "prints as root, and no more" }
        // What comes before a pipe is run by the user, what follows it too.
        let parts = command.split(separator: "|").map { $0.drop { $0 == " " } }
        let bare = parts.contains { part in
            !part.hasPrefix("apt-get download ") && rootOnly.contains { part == $0 || part.hasPrefix("\($0) ") }
        }
        return bare ? "needs root, and has no sudo" : nil
    }

    @Test("bad ones are found")
    func judge() {
        for command in [
            "sudo sed -i '3s/^/#/' /etc/fstab", "sed -i '\\|x|d' /etc/fstab", "echo x >> /etc/hosts",
            "echo x > /etc/hosts", "sudo echo x > /etc/hosts", "swapoff -a", "curl -fsSL x | tee /etc/x", "reboot",
        ] { #expect(Self.fault(of: command) != nil, "\(command)") }
        for command in [
            "sudo sed -i '\\|^/swapfile|s/^/#/' /etc/fstab", "echo x | sudo tee -a /etc/hosts", "ip -br addr",
            "systemctl cat ssh.socket", "sudo reboot", "apt-get download kubelet",
        ] { #expect(Self.fault(of: command) == nil, "\(command)") }
    }

    @Test("the catalogue's commands can be pasted by a user with sudo")
    func catalogue() {
        let faults = Catalog.all.flatMap { type in
            type.entry.manual.compactMap { command in
                Self.fault(of: command).map { "\(type.entry.id): \(command): \($0)" }
            }
        }
        #expect(faults == [])
    }

    @Test("the commands of findings can be pasted by a user with sudo", arguments: Record.all)
    func findings(_ record: Record) async throws {
        let host = try record.host
        let judged = try await host.judged(by: [record.requirement(host.configuration)])
        let faults = judged.entries.flatMap { $0.now.findings + $0.nextBoot.findings }.flatMap(\.manual)
            .compactMap { command in Self.fault(of: command).map { "\(command): \($0)" } }
        #expect(faults == [])
    }

    // MARK: - Run

    /// The requirements whose commands edit a file that the next boot reads.
    private static let edited: Set<RequirementID> = [
        "swap-off", "root-writable", "kernel-modules", "ip-forward", "bridge-sysctls", "hosts-entries",
        "apt-repository",
    ]

    /// Whether a command edits a file and nothing else.
    private static func isEdit(_ command: String) -> Bool {
        command.hasPrefix("sudo sed -i ") || command.contains("| sudo tee ") && !command.contains("$(")
    }

    /// Runs an edit on the file of the same name beneath `root`.
    ///
    /// - Returns: whether it ended well; a path that leads out of the root is not touched.
    private static func run(_ command: String, beneath root: FilePath) throws -> Bool {
        guard let name = command.split(separator: " ").last?.filter({ $0 != "'" }) else { return false }
        let file = root.pushing(FilePath(String(name)).removingRoot())
        let edit = command.split(separator: "sudo ", omittingEmptySubsequences: false).joined()
        guard let end = edit.range(of: String(name)) else { return false }
        let moved = edit.replacingCharacters(in: end, with: file.string)
        let script =
            "root=$(realpath '\(root)'); mkdir -p '\(file.removingLastComponent())'; "
            + "case $(realpath -m '\(file)') in \"$root\"/*) \(moved) ;; *) exit 9 ;; esac >/dev/null"
        guard let stream = unsafe popen("set -e; \(script)", "r") else { throw Errno(rawValue: errno) }
        return unsafe pclose(stream) == 0
    }

    @Test("what is printed for a file mends it", arguments: Record.all.filter { ManualTests.edited.contains($0.id) })
    func mended(_ record: Record) async throws {
        let recorded = try record.host
        let requirement = try record.requirement(recorded.configuration)
        func findings(_ host: ScratchHost) async -> [Finding] {
            let look = await Inspector([requirement]).look(at: host.view).first
            guard case .success(.unmet(_, let findings, _))? = look?.nextBoot else { return [] }
            return findings
        }
        let untouched = try ScratchHost(copyOf: recorded.root, record: recorded.record)
        for finding in await findings(untouched) {
            let edits = finding.manual.filter(Self.isEdit)
            guard !edits.isEmpty else { continue }
            let host = try ScratchHost(copyOf: recorded.root, record: recorded.record)
            for edit in edits {
                #expect(try Self.run(edit, beneath: host.tree.path), "\(edit)")
            }
            // What is left to an editor is not mended by the rest alone.
            guard !finding.manual.contains(where: { $0.hasPrefix("sudoedit ") }) else { continue }
            let left = await findings(host).filter {
                $0.reason == finding.reason && $0.expected == finding.expected && $0.actual == finding.actual
            }
            #expect(left == [], "after \(edits)")
        }
    }
}

extension String {
    /// The last place of `text`.
    fileprivate func range(of text: String) -> Range<Index>? {
        guard !text.isEmpty, utf8.count >= text.utf8.count else { return nil }
        var start = index(endIndex, offsetBy: -text.count, limitedBy: startIndex)
        while let place = start {
            if self[place...].hasPrefix(text) { return place..<index(place, offsetBy: text.count) }
            start = place == startIndex ? nil : index(before: place)
        }
        return nil
    }

    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
