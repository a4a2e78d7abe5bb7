/// One thing that a node must be, looked at and judged apart.
///
/// Reading cannot write: a requirement sees a `HostView`, and what it would change is a value.
package protocol Requirement: Sendable {
    /// What was seen of the host, before it is judged.
    associatedtype Observation: Equatable, Sendable
    /// Name, weight and reason.
    static var entry: CatalogEntry { get }
    /// Everything the answer rests on; the watches of the daemon are made from it.
    var inputs: [Input] { get }
    /// The requirement as the configuration wants it.
    init(_ configuration: Configuration)
    /// Looks at the host.
    ///
    /// Absent is a fact and part of the observation.
    ///
    /// - Throws: when something is there and cannot be read, or follows rules that are not modelled.
    func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation
    /// Judges what was seen: pure and total.
    func assess(_ observation: Observation, at horizon: Horizon) -> Assessment
}

/// What a requirement says of what it saw.
package enum Assessment: Equatable, Sendable {
    /// It holds, with the value that was seen; there is nothing to change, by type.
    case met(observed: String)
    /// It does not hold; each finding of severity error has a proposal or a remedy.
    case unmet(observed: String, findings: [Finding], proposals: [Proposal])
    /// It does not apply here.
    case notApplicable(because: String)
}
