import Glibc
import SystemPackage

/// Somebody who listens on a port of loopback that the kernel chose.
final class LoopbackListener {
    let port: Int
    private let file: Int32

    init() throws {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                unsafe bind(file, raw, size) == 0 && listen(file, 1) == 0 && getsockname(file, raw, &size) == 0
            }
        }
        guard bound else { throw Errno(rawValue: errno) }
        self.file = file
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    func close() { _ = Glibc.close(file) }
}
