internal import NodeEngine
internal import NodeState
internal import Systemd

/// Tells systemd once that the daemon is up.
struct Startup: Sendable {
    let state: DaemonState
    let cache: SnapshotCache
    /// Sends the word, with the line for `systemctl status`.
    var send: @Sendable (String?) -> Void = { _ = try? Notify.ready(status: $0) }

    func tell() {
        guard !state.value.isReady else { return }
        state.update { $0.isReady = true }
        send(cache.latest.map { StatusLine.text(of: $0) })
    }
}

/// Has the daemon be up before packages are installed or configured.
///
/// A package's script may start a unit that comes after this service, as the kubelet does. While systemd waits for the
/// daemon to be up, that unit waits as well, the script waits for it, apt for the script, and the daemon for apt. A pod
/// sandbox may take a minute, which no unit after this service needs to wait for.
struct ReadyBeforePackages: HostControl {
    let control: any HostControl
    let tell: @Sendable () -> Void

    func perform(_ change: Change) async throws(ChangeError) -> Effect {
        switch change {
        case .installPackages, .configurePackages, .tryPodSandbox: tell()
        default: break
        }
        return try await control.perform(change)
    }
}
