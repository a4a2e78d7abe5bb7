/// How far a node has come towards a cluster, told from its disk alone.
package enum Lifecycle: Sendable, CaseIterable {
    /// Nothing of a cluster, and something that a cluster needs is still missing.
    case fresh
    /// Nothing of a cluster, and everything a cluster needs is there.
    case prepared
    /// The control plane of a cluster.
    case initialised
    /// A worker of a cluster.
    case joined
    /// Parts of a cluster that do not make a whole.
    case leftover
}
