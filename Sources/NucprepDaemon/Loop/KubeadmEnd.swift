internal import LinuxHost
internal import NodeEngine
internal import NodeState

/// Asks for a full look when the kubeadm that keeps everything still has exited.
struct KubeadmEnd: Sendable {
    let board: WakeBoard
    let cache: SnapshotCache

    /// How long to wait for the look that tells of the exit before the process is waited for again.
    private static let pause = Duration.seconds(5)

    /// Runs until the task is cancelled.
    func run() async {
        var cursor = ""
        while !Task.isCancelled, let published = await cache.next(after: cursor) {
            cursor = published.cursor
            guard case .kubeadm(let process) = published.snapshot.stop else { continue }
            await ProcessEnd.wait(for: process.pid)
            if Task.isCancelled { return }
            board.requestPass(.event, at: .now)
            await TimerQueue.shared.sleep(for: Self.pause)
        }
    }
}
