internal import CLinux
internal import Glibc
internal import SystemPackage

/// The end of a process that is not our child.
package enum ProcessEnd {
    /// Waits until the process `pid` has ended, or until the task is cancelled; where the kernel offers no event, five
    /// seconds at the most.
    ///
    /// - Source: pidfd_open(2): the descriptor becomes readable when the process ends.
    package static func wait(for pid: Int) async {
        guard let number = pid_t(exactly: pid) else { return }
        let opened = clinux_pidfd_open(number)
        guard opened >= 0 else {
            guard opened != -ESRCH else { return }
            try? await Task.sleep(for: .seconds(5), tolerance: .seconds(1))
            return
        }
        let descriptor = SharedDescriptor(Descriptor(FileDescriptor(rawValue: opened)))
        guard let thread = try? EventThread(name: "nucprep-pid"),
            let events = try? thread.watch(descriptor, for: .readable).events
        else {
            try? await Task.sleep(for: .seconds(5), tolerance: .seconds(1))
            return
        }
        // A process that had ended before is an event as well: epoll tells what is so when the watch begins.
        for await _ in events { break }
        thread.stop()
        withExtendedLifetime(descriptor) {}
    }
}
