/// The version of this build; `debian/changelog` and the man pages carry the same, which a test holds them to.
package enum NucprepVersion {
    package static let current = "0.2.0"
}
