internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// Whether cloud-init makes a swap file at the next boot.
///
/// - Source: cloud-init, "Module reference", Mounts, `swap`; `cloudinit/config/cc_mounts.py`.
enum CloudInitSwap {
    /// The key `swap:` that counts; `nil` when it asks for no file, or cloud-init will not read it again.
    ///
    /// - Throws: when a file is there and cannot be read, or says it in a way that is not followed.
    static func evidence(_ host: HostView) async throws(ObservationError) -> Evidence? {
        guard try await CloudInit.idle(host) == nil else { return nil }
        var last: (swap: CloudSwap, path: FilePath)?
        for (path, _) in try await CloudInit.files(host) {
            guard let text = try await host.files.text(at: path) else { continue }
            do throws(ParseError) {
                if let swap = try CloudSwap(parsing: text) { last = (swap, path) }
            } catch {
                throw ObservationError(reading: path.string, cause: error.description)
            }
        }
        guard let last, last.swap.makesFile, try await !CloudInit.isSpent("mounts", .perInstance, host) else {
            return nil
        }
        return Evidence(last.path, line: last.swap.line)
    }
}
