/// Who is on the other end of a connection, told by the kernel.
package struct Caller: Equatable, Sendable {
    /// The user id.
    package var uid: UInt32
    /// The process that connected; 0 when it cannot be seen from here.
    package var pid: Int32
    /// All group ids, the primary one included.
    package var groups: [UInt32]

    /// The caller with these credentials.
    package init(uid: UInt32, pid: Int32, groups: [UInt32]) {
        self.uid = uid
        self.pid = pid
        self.groups = groups
    }
}

/// A request without its body: enough to decide whether the body may be read at all.
package struct RequestHead: Equatable, Sendable {
    /// The method as it was sent, such as `GET`.
    package var method: String
    /// The target as it was sent: path and query, not decoded.
    package var target: String
    /// The header fields in order, names in lower case.
    package var fields: [Field]

    /// One header field.
    package struct Field: Equatable, Sendable {
        package var name: String
        package var value: String

        /// The field `name`, in lower case.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The head of a request.
    package init(method: String, target: String, fields: [Field] = []) {
        self.method = method
        self.target = target
        self.fields = fields
    }

    /// The value of the first field called `name` (lower case); `nil` when there is none.
    package subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Whether the fields announce a body; a length of zero may be written with any number of digits.
    ///
    /// - Source: RFC 9110, section 8.6.
    var announcesBody: Bool {
        fields.contains { field in
            field.name == "transfer-encoding"
                || field.name == "content-length" && (field.value.isEmpty || field.value.utf8.contains { $0 != 0x30 })
        }
    }
}

/// An answer, whole.
package struct APIResponse: Equatable, Sendable {
    /// The HTTP status.
    package var status: Int
    /// The header fields; the transport adds those about framing and connection.
    package var fields: [RequestHead.Field]
    /// The body; for an answer to `HEAD` the transport leaves it out and keeps its length.
    package var body: [UInt8]

    /// An answer with this body.
    package init(status: Int, fields: [RequestHead.Field] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The value of the first field called `name` (lower case).
    package subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
}

/// What answers requests; it never throws, since an error is an answer too.
package protocol APIHandling: Sendable {
    /// Judges a head before one byte of its body is read.
    ///
    /// - Returns: the answer that refuses it, or `nil` to let it through.
    func refusal(of head: RequestHead, from caller: Caller) -> APIResponse?
    /// Answers a request that was let through.
    ///
    /// Cancelled when the caller hangs up.
    func response(to head: RequestHead, body: [UInt8], from caller: Caller) async -> APIResponse
}
