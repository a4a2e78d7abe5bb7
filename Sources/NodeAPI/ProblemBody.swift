/// An error as RFC 9457 writes it: `application/problem+json`.
package struct ProblemBody: Error, Equatable, Sendable, Codable {
    /// The closed set of problems; a new one is an addition to the API.
    package enum Kind: String, Sendable, CaseIterable {
        case badRequest = "bad-request"
        case methodNotAllowed = "method-not-allowed"
        case requestTimeout = "request-timeout"
        case invalidQuery = "invalid-query"
        case forbidden
        case foreignOrigin = "foreign-origin"
        case notFound = "not-found"
        case unknownRequirement = "unknown-requirement"
        case lengthRequired = "length-required"
        case bodyTooLarge = "body-too-large"
        case headerTooLarge = "header-too-large"
        case targetTooLong = "target-too-long"
        case tooManyRequests = "too-many-requests"
        case internalError = "internal"
        case starting, stopping, overloaded
    }

    /// `urn:nucprep:problem:KIND`.
    package var type: String
    package var title: String
    package var status: Int
    package var detail: String
    /// `urn:nucprep:request:…`, where the request is known.
    @OrNull package var instance: String?
    @OrNull package var remedy: String?
    @OrNull package var messageId: String?
    /// The query parameter of `invalid-query`.
    @OrNull package var parameter: String?
    /// The id of `unknown-requirement`, and the one in the catalogue that is nearest to it.
    @OrNull package var id: String?
    @OrNull package var nearest: String?
    /// The limit that was passed, for `body-too-large`.
    @OrNull package var limitBytes: Int?
    /// What `method-not-allowed` says in the field `Allow`; no part of the body.
    package var allowedMethods = ["GET", "HEAD"]

    private enum CodingKeys: CodingKey {
        case type, title, status, detail, instance, remedy, messageId, parameter, id, nearest, limitBytes
    }

    /// The problem of this kind.
    package init(_ kind: Kind, detail: String, remedy: String? = nil) {
        type = "urn:nucprep:problem:\(kind.rawValue)"
        title = kind.title
        status = kind.status
        self.detail = detail
        self.remedy = remedy
    }

    /// The problem of one query parameter.
    package static func invalidQuery(_ parameter: String, _ cause: String) -> ProblemBody {
        let name = Text.printable(parameter)
        var problem = ProblemBody(.invalidQuery, detail: "cannot read the query parameter \(name): \(cause)")
        problem.parameter = name
        return problem
    }

    /// The kind behind `type`; `nil` for one that this version does not know.
    package var kind: Kind? {
        let prefix = "urn:nucprep:problem:"
        return type.hasPrefix(prefix) ? Kind(rawValue: String(type.dropFirst(prefix.count))) : nil
    }

    /// The answer that carries it.
    package func response() -> APIResponse {
        var fields = [RequestHead.Field("content-type", "application/problem+json")]
        switch kind {
        case .methodNotAllowed: fields.append(.init("allow", allowedMethods.joined(separator: ", ")))
        case .starting, .stopping, .overloaded, .tooManyRequests: fields.append(.init("retry-after", "1"))
        default: break
        }
        return APIResponse(status: status, fields: fields, body: WireJSON.encode(self))
    }
}

extension ProblemBody.Kind {
    /// The HTTP status of the kind.
    package var status: Int {
        switch self {
        case .badRequest, .invalidQuery: 400
        case .forbidden, .foreignOrigin: 403
        case .notFound, .unknownRequirement: 404
        case .methodNotAllowed: 405
        case .requestTimeout: 408
        case .lengthRequired: 411
        case .bodyTooLarge: 413
        case .targetTooLong: 414
        case .tooManyRequests: 429
        case .headerTooLarge: 431
        case .internalError: 500
        case .starting, .stopping, .overloaded: 503
        }
    }

    /// The kind in words.
    package var title: String {
        switch self {
        case .badRequest: "the request is not understood"
        case .methodNotAllowed: "the route does not answer this method"
        case .requestTimeout: "the request took too long to arrive"
        case .invalidQuery: "a query parameter is not understood"
        case .forbidden: "the caller may not do this"
        case .foreignOrigin: "the request comes from elsewhere"
        case .notFound: "there is nothing here"
        case .unknownRequirement: "the catalogue has no such requirement"
        case .lengthRequired: "the length of the body is missing"
        case .bodyTooLarge: "the body is too large"
        case .headerTooLarge: "the header is too large"
        case .targetTooLong: "the target is too long"
        case .tooManyRequests: "too many requests"
        case .internalError: "a fault of the daemon"
        case .starting: "the first look is not over"
        case .stopping: "the daemon is shutting down"
        case .overloaded: "too many connections, retry later"
        }
    }

    /// What the command line ends with when it meets the kind.
    package var exitStatus: ExitStatus {
        switch self {
        case .badRequest, .methodNotAllowed, .requestTimeout, .lengthRequired, .bodyTooLarge, .headerTooLarge,
            .internalError:
            .internalError
        case .invalidQuery, .notFound, .unknownRequirement, .targetTooLong: .usage
        case .forbidden, .foreignOrigin: .notAllowed
        case .tooManyRequests, .overloaded: .tryAgain
        case .starting, .stopping: .noAnswer
        }
    }
}
