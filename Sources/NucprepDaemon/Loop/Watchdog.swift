internal import NodeEngine
internal import Systemd

/// Tells systemd's watchdog that all is well, each time after the engine has answered, and never from a timer alone.
struct Watchdog: Sendable {
    let convergence: Convergence

    /// Runs until the task is cancelled; returns at once where nobody watches.
    func run() async {
        guard let interval = (try? Notify.watchdogInterval()) ?? nil else { return }
        while !Task.isCancelled {
            await convergence.answer()
            _ = try? Notify.watchdog()
            guard await TimerQueue.shared.sleep(for: interval / 3) else { return }
        }
    }
}
