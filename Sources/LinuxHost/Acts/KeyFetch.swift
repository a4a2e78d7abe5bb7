internal import ConfigFormats
internal import NodeEngine
internal import NodeState
internal import SystemPackage
internal import Systemd

/// Fetches the key of a repository, by a unit that has the network and nothing else; what it brought is put in place only
/// when it is the key that was asked for.
struct KeyFetch: Sendable {
    let run: UnitRun
    let acts: FileActs
    let files: RootedOpen

    private static let unit = "nucprep-fetch-key.service"
    private static let download: FilePath = "/run/nucprep-fetch-key/key"
    private static let largest = 64 << 10

    func fetch(_ order: KeyOrder) throws(ChangeError) -> Effect {
        let text = try OrderFile(fetching: order.url)
        guard OwnedFiles.allow(.fetchKey(order), at: order.path) else {
            throw .refused("cannot write \(order.path): it is no file for the key of a repository")
        }
        let bytes: [UInt8]
        let failure: ChangeError?
        // The unit stays active with its folder until it is stopped: one that was left is in the way.
        stop()
        defer { stop() }
        do throws(BusError) {
            let outcome = try run.run("fetch-key", order: text, errors: "fetch-key", deadline: .seconds(70))
            failure = outcome.isDone ? nil : AptCause.error("fetch \(order.url)", outcome.errors)
        } catch {
            throw .failed("cannot fetch \(order.url): \(error.message ?? error.description)")
        }
        if let failure { throw failure }
        do throws(ObservationError) {
            guard let read = try files.bytes(at: Self.download, limit: Self.largest) else {
                throw ObservationError(reading: "the key", cause: "nothing was brought")
            }
            bytes = read
        } catch {
            throw .failed("cannot fetch \(order.url): \(error.cause)")
        }
        let file = try KeyFile(
            bytes, from: order.url, fingerprint: order.fingerprint, now: HostClock.engine.realtime() / 1_000_000)
        // apt goes by the name: armour is read from `.asc` alone.
        let contents = order.path.extension == "asc" ? bytes : file.binary
        return try acts.write(
            FileEdit(path: order.path, before: order.before, after: contents), for: .fetchKey(order))
    }

    private func stop() { _ = try? run.units.stop(Self.unit, deadline: .seconds(20)) }
}
