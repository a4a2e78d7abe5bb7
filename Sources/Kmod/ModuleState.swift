package import SystemPackage

/// Whether the running kernel has a module.
package enum ModuleState: Equatable, Sendable {
    /// Loaded, and its initialisation is over.
    case live
    /// Part of the kernel itself.
    case builtIn
    /// On its way in or out.
    case changing
    case absent
}

/// Where a kernel has a module from.
package enum ModuleSource: Equatable, Sendable {
    case file(FilePath)
    case builtIn
}

/// What became of an order to insert a module.
package enum ModuleInsertion: Equatable, Sendable {
    case inserted
    /// Loaded or built in: nothing was done.
    case alreadyPresent
    /// A `blacklist` line forbids it, as it does at boot.
    case blacklisted
    /// An `install` line puts this command in place of loading; it was not run.
    case replaced(by: String)
    /// This kernel's folder of modules has no such module.
    case noSuchModule
}
