internal import CommandProcess
internal import LinuxHost
internal import NodeAPI
internal import NodeAPITransport
internal import NodeConfiguration
internal import NodeRequirements
internal import NodeState
internal import SystemPackage
internal import Systemd

/// `nucprepd init`: judges the nodes that a person names, and writes the cluster file.
struct ClusterSetup: Sendable {
    /// Where the file stands when no other place is named.
    static let path: FilePath = "/etc/nucprep/nucprep.toml"
    private static let backups: FilePath = "/var/lib/nucprep/backup"

    private let root: FilePath
    private let options: SetupOptions

    /// The setup beneath `root`.
    init(root: FilePath, options: SetupOptions) {
        self.root = root
        self.options = options
    }

    /// What stands in the way; nothing was written.
    struct Refusal: Error, Equatable {
        var status: ExitStatus
        var lines: [String]
    }

    /// Asks where no node is named, judges, writes, and says what is next.
    func run() async throws -> ExitStatus {
        let machine = try LinuxMachine.recorded(root)
        let addresses = (try? await machine.view.network.addresses()) ?? []
        do {
            let draft = try draft(addresses: addresses, hostname: await hostname(machine.view))
            guard draft.problems.isEmpty else { throw Refusal(status: .usage, lines: draft.problems) }
            let file = file(draft)
            let notes = try await judge(file, machine.view, addresses)
            let outcome = try write(Array(file.text.utf8))
            for note in notes { say("note: \(note)", to: .error) }
            say(summary(draft, outcome, addresses), to: .output)
            return .go
        } catch let error as Refusal {
            for line in error.lines { say("nucprep init: \(line)", to: .error) }
            say("nucprep init: nothing was written", to: .error)
            return error.status
        }
    }

    // MARK: - The nodes

    private func draft(addresses: [String], hostname: String) throws -> ClusterDraft {
        guard options.nodes.isEmpty else { return ClusterDraft(options.nodes) }
        guard StandardStreams.inputIsTerminal else {
            throw Refusal(
                status: .usage,
                lines: [
                    "no node is named; give each as NAME=ADDRESS, the control plane first, such as nuc01=192.168.50.11"
                ])
        }
        guard let draft = SetupQuestions(addresses: addresses, hostname: hostname).ask() else {
            throw Refusal(status: .interrupted, lines: ["the input ended before the nodes were complete"])
        }
        return draft
    }

    private func hostname(_ host: HostView) async -> String {
        let text = (try? await host.files.text(at: "/proc/sys/kernel/hostname")) ?? nil
        return String((text ?? "").prefix { $0 != "\n" && $0 != "." })
    }

    private func file(_ draft: ClusterDraft) -> ClusterFile {
        var file = ClusterFile(name: options.name, nodes: draft.nodes)
        file.podNetworkCIDR = options.podNetworkCIDR
        file.serviceCIDR = options.serviceCIDR
        file.user = options.user
        file.isObserving = options.isObserving
        return file
    }

    // MARK: - Judging

    /// Judges the file together with the other files of the configuration, as the daemon would.
    ///
    /// - Returns: what is worth a word and stands in no way.
    private func judge(
        _ file: ClusterFile, _ host: HostView, _ addresses: [String]
    ) async throws -> [String] {
        let place = options.output ?? Self.path
        let configuration: Configuration
        do throws(ConfigurationProblems) {
            let others = options.output == nil ? try ConfigurationFiles.read(root: root) : []
            let mains = ["/etc/nucprep", "/run/nucprep", "/usr/lib/nucprep"].map { "\($0)/nucprep.toml" }
            let files =
                [ConfigurationFile(path: place.string, bytes: Array(file.text.utf8))]
                + others.filter { !mains.contains($0.path) }
            configuration = try ConfigurationDecoder.decode(files, known: Catalog.ids)
        } catch {
            throw Refusal(status: .invalidConfiguration, lines: error.problems.map(\.description))
        }
        var problems: [String] = []
        var notes: [String] = []
        if case .unknown(let cause) = NodeIdentity(configuration, addresses: addresses) {
            let advice = "\(cause); \"ip -br address\" shows this machine's addresses"
            if options.output == nil { problems.append(advice) } else { notes.append(advice) }
        }
        do throws(ObservationError) {
            for (setting, collision) in try await RangeCollision.all(configuration, host) {
                let advice = "\(collision.text); choose another range with --\(setting)"
                if collision.isAround { notes.append(advice) } else { problems.append(advice) }
            }
        } catch {
            notes.append("whether the pod and service networks are free here is not known: \(error)")
        }
        guard problems.isEmpty else { throw Refusal(status: .invalidConfiguration, lines: problems) }
        return notes
    }

    // MARK: - Writing

    private enum Outcome: Equatable { case written, replaced(backup: String), unchanged }

    private func write(_ bytes: [UInt8]) throws -> Outcome {
        let path = options.output ?? Self.path
        let files = try RootedOpen(root: root)
        let before = try files.bytes(at: path, limit: AtomicFile.largestFile)
        if before == bytes { return .unchanged }
        // The packaged file sets nothing: whoever installed the package wrote none of it.
        let isOwn = before.map { $0 == Array((ClusterFile.packaged + "\n").utf8) } ?? true
        guard isOwn || options.isForced && options.output == nil else {
            let way = options.output == nil ? "--force replaces it and keeps a copy" : "remove it, or name another file"
            throw Refusal(status: .notAllowed, lines: ["\(path) exists and is not the packaged file; \(way)"])
        }
        let owner: FileOwner? = root == "/" && options.output == nil ? .root : nil
        let store = BackupStore(folder: root.appending(Self.backups.components))
        let atomic = AtomicFile(
            root: files, allowed: [path.removingLastComponent()], owner: owner, backups: store)
        do throws(CommitError) {
            let commit = try atomic.commit(FileEdit(path: path, before: before, after: bytes))
            // Writers were kept out while names were exchanged; what still came late becomes a backup here.
            if case .committed(_, let former?) = commit { _ = try former.settle() }
        } catch {
            let isRight = error == .failed(path, .permissionDenied)
            throw Refusal(
                status: .notAllowed, lines: ["\(error)\(isRight ? "; run it as root: sudo nucprep init" : "")"])
        }
        guard let before, !isOwn else { return .written }
        return .replaced(backup: "\(Self.backups)/\(BackupStore.digest(of: before))")
    }

    // MARK: - Afterwards

    /// Has the daemon read the new file, as `systemctl reload` does.
    ///
    /// - Returns: what is left to be done by hand; `nil` when it was done, or there is no daemon that runs.
    private func reload() -> String? {
        let byHand = "sudo systemctl reload nucprepd"
        guard root == "/", options.output == nil else { return options.output == nil ? byHand : nil }
        do throws(BusError) {
            let units = UnitBus(try SystemBus.open())
            let state = try units.details(of: "nucprepd.service", deadline: SystemBus.longestCall).activeState
            guard state == "active" else { return nil }
            return try units.reload("nucprepd.service", deadline: .seconds(30)) == .done ? nil : byHand
        } catch {
            return byHand
        }
    }

    private func summary(_ draft: ClusterDraft, _ outcome: Outcome, _ addresses: [String]) -> String {
        let path = options.output ?? Self.path
        var lines: [String] = []
        switch outcome {
        case .unchanged: lines.append("\(path) is already so; nothing was changed")
        case .written: lines.append("wrote \(path)")
        case .replaced(let backup): lines.append("wrote \(path); the former file is \(backup)")
        }
        for node in draft.nodes {
            let here = addresses.contains(node.address) ? "  this machine" : ""
            lines.append("  \(node.name)  \(node.address)  \(node.role.rawValue)\(here)")
        }
        if let byHand = outcome == .unchanged ? nil : reload() { lines.append("next: \(byHand)") }
        if options.output == nil, draft.nodes.count > 1, let first = draft.nodes.first {
            let isFirst = addresses.contains(first.address)
            lines.append(
                isFirst
                    ? "next: nucprep deploy  (as yourself, without sudo: it uses your ssh keys)"
                    : "next, on \(first.name), the control plane: this same file, and then nucprep deploy")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func say(_ text: String, to stream: StandardStreams.Stream) {
        let safe = text.split(separator: "\n").map { Text.visible($0) + "\n" }.joined()
        // Nobody can be told that nobody can be told; the exit status stays.
        _ = try? StandardStreams.write(safe, to: stream)
    }
}
