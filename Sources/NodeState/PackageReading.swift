/// A package as dpkg has it.
///
/// - Source: dpkg(1), "Information about packages"; dpkg-query(1).
package struct InstalledPackage: Equatable, Sendable {
    package var name: String
    /// The version that dpkg holds; empty when only the wish for it is on record.
    package var version: String
    /// What is wanted: `install`, `hold`, `deinstall`, `purge`, `unknown`.
    package var want: String
    /// The flag: `ok` or `reinstreq`.
    package var flag: String
    /// What it is: `installed`, `half-installed`, `half-configured`, `unpacked`, `triggers-awaited`, `triggers-pending`, `config-files`, `not-installed`.
    package var state: String

    /// The package `name`.
    package init(
        name: String, version: String, want: String = "install", flag: String = "ok", state: String = "installed"
    ) {
        self.name = name
        self.version = version
        self.want = want
        self.flag = flag
        self.state = state
    }

    /// Whether it is there and whole.
    package var isInstalled: Bool { state == "installed" && flag == "ok" }

    /// Whether it is held at its version.
    package var isHeld: Bool { want == "hold" }
}

/// Asks dpkg for its packages, and apt for what it would do.
package protocol PackageReading: Sendable {
    /// A package; `nil` when dpkg knows nothing of it, or only remembers its name.
    ///
    /// - Throws: when the status file is there and cannot be read or is not one; an absent one is an error as well.
    func package(_ name: String) async throws(ObservationError) -> InstalledPackage?
    /// The packages that dpkg did not finish with; a journal of updates not yet taken in counts as one named `dpkg`.
    func troubled() async throws(ObservationError) -> [InstalledPackage]
    /// The process that holds dpkg's lock; `nil` when nobody does.
    func lockHolder() async throws(ObservationError) -> Int?
    /// What `apt-cache policy` prints of kubeadm, kubelet, kubectl, containerd, containerd.io and runc in the C locale, for
    /// the files as they are now.
    func policy() async throws(ObservationError) -> String
}
