/// What a pod sandbox is to be: the place of a pod without containers.
package struct CRISandboxConfiguration: Equatable, Sendable {
    package var name: String
    package var namespace: String
    package var uid: String
    package var labels: [String: String]
    /// The parent of its cgroup, as the kubelet names it to a runtime with systemd's driver.
    package var cgroupParent: String
    /// Whether it stays in the network of the host; else CNI gives it one of its own.
    package var isOnHostNetwork: Bool

    /// A sandbox of that name.
    package init(
        name: String, namespace: String, uid: String, labels: [String: String], cgroupParent: String,
        isOnHostNetwork: Bool
    ) {
        self.name = name
        self.namespace = namespace
        self.uid = uid
        self.labels = labels
        self.cgroupParent = cgroupParent
        self.isOnHostNetwork = isOnHostNetwork
    }

    /// - Source: kubernetes/cri-api, `PodSandboxConfig`, `PodSandboxMetadata`, `LinuxPodSandboxConfig`,
    ///   `NamespaceOption` (`NamespaceMode`: `POD` 0, `NODE` 2).
    var message: WireMessage {
        var metadata = WireMessage()
        metadata.add(1, name)
        metadata.add(2, uid)
        metadata.add(3, namespace)
        var namespaces = WireMessage()
        namespaces.add(1, isOnHostNetwork ? 2 : 0)
        var security = WireMessage()
        security.add(1, namespaces)
        var linux = WireMessage()
        linux.add(1, cgroupParent)
        linux.add(2, security)
        var all = WireMessage()
        all.add(1, metadata)
        if !isOnHostNetwork { all.add(2, name) }
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) { all.add(6, key: key, value: value) }
        all.add(8, linux)
        return all
    }
}

/// What a runtime says of a pod sandbox.
package struct CRISandboxStatus: Equatable, Sendable {
    package var isReady: Bool
    /// Its address in a network of its own; empty without one.
    package var address: String
}

/// The calls that start pod sandboxes and end them.
extension CRIClient {
    /// Starts a sandbox.
    ///
    /// - Returns: its id: letters and digits, which can be part of a path.
    package static func runSandbox(
        _ configuration: CRISandboxConfiguration, socket: String, deadline: Duration
    ) async throws(CRIError) -> String {
        var request = WireMessage()
        request.add(1, configuration.message)
        var fields = WireFields(try await call("RunPodSandbox", socket, deadline, request))
        while let field = try fields.next() {
            guard field.number == 1, case .bytes(let bytes) = field.value else { continue }
            return try identifier(bytes)
        }
        throw .failed("it does not name the sandbox that it started")
    }

    /// The state of a sandbox.
    package static func sandboxStatus(
        _ id: String, socket: String, deadline: Duration
    ) async throws(CRIError) -> CRISandboxStatus {
        var fields = WireFields(try await call("PodSandboxStatus", socket, deadline, naming(id)))
        var status = CRISandboxStatus(isReady: false, address: "")
        while let field = try fields.next() {
            guard field.number == 1, case .bytes(let bytes) = field.value else { continue }
            // The state with the number 0 is `SANDBOX_READY`, and a field with its default is not sent.
            status.isReady = true
            var inner = WireFields(bytes)
            while let field = try inner.next() {
                switch (field.number, field.value) {
                case (3, .number(let state)): status.isReady = state == 0
                case (5, .bytes(let network)): status.address = try first(1, in: network)
                default: continue
                }
            }
        }
        return status
    }

    /// The ids of all sandboxes, running or not, that have a label with this value.
    package static func sandboxes(
        labelled key: String, _ value: String, socket: String, deadline: Duration
    ) async throws(CRIError) -> [String] {
        var fields = WireFields(try await call("ListPodSandbox", socket, deadline))
        var found: [String] = []
        while let field = try fields.next() {
            guard field.number == 1, case .bytes(let sandbox) = field.value else { continue }
            var (id, isLabelled) = (ArraySlice<UInt8>(), false)
            var inner = WireFields(sandbox)
            while let field = try inner.next() {
                switch (field.number, field.value) {
                case (1, .bytes(let bytes)): id = bytes
                case (5, .bytes(let label)):
                    if try first(1, in: label) == key, try first(2, in: label) == value { isLabelled = true }
                default: continue
                }
            }
            if isLabelled { found.append(try identifier(id)) }
        }
        return found
    }

    /// Stops a sandbox and removes it; one that is gone already is as good.
    package static func removeSandbox(_ id: String, socket: String, deadline: Duration) async throws(CRIError) {
        for method in ["StopPodSandbox", "RemovePodSandbox"] {
            _ = try await call(method, socket, deadline, naming(id))
        }
    }

    /// Whether the runtime has an image by this name.
    package static func hasImage(_ name: String, socket: String, deadline: Duration) async throws(CRIError) -> Bool {
        var image = WireMessage()
        image.add(1, name)
        var request = WireMessage()
        request.add(1, image)
        var fields = WireFields(try await call("ImageStatus", of: "ImageService", socket, deadline, request))
        while let field = try fields.next() { if field.number == 1 { return true } }
        return false
    }

    private static func naming(_ id: String) -> WireMessage {
        var request = WireMessage()
        request.add(1, id)
        return request
    }

    private static func identifier(_ bytes: ArraySlice<UInt8>) throws(CRIError) -> String {
        let isSafe = bytes.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        guard isSafe, (1...128).contains(bytes.count) else { throw WireFields.malformed }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The first text with this number; empty without one.
    private static func first(_ number: UInt64, in message: ArraySlice<UInt8>) throws(CRIError) -> String {
        var fields = WireFields(message)
        while let field = try fields.next() {
            if field.number == number, case .bytes(let bytes) = field.value { return try text(bytes) }
        }
        return ""
    }
}
