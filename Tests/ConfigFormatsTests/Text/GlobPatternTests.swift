import Testing

@testable import ConfigFormats

@Suite("Patterns of names")
struct GlobPatternTests {
    @Test(
        "describes whole names in every flavour", arguments: [GlobPattern.Flavour.go, .shell],
        [
            ("*.toml", "a.toml", true), ("*.toml", ".toml", true), ("*.toml", "a.tomlx", false), ("*", "", true),
            ("a*b*c", "aXbYc", true), ("a*b*c", "aXbY", false), ("?.x", "a.x", true), ("?.x", ".x", false),
            ("[a-c]1", "b1", true), ("[^a-c]1", "b1", false), ("[^a-c]1", "d1", true), ("[]", "x", false),
            ("[]a]", "]", true), ("[a-]", "-", true), ("\\*", "*", true), ("\\*", "a", false), ("\\", "\\", false),
            ("runtime_*.toml", "runtime_a.toml", true), ("a", "b", false), ("*a", "aaab", false), ("**a", "aaa", true),
            ("", "", true), ("", "a", false),
        ])
    func matching(_ flavour: GlobPattern.Flavour, _ example: (pattern: String, name: String, isMatch: Bool)) {
        #expect(GlobPattern(example.pattern, as: flavour).matches(example.name) == example.isMatch)
    }

    @Test(
        "differs where the programs differ",
        arguments: [
            ("[!a]", "b", false, true), ("[!a]", "!", true, true), ("[!a]", "a", true, false),
            ("a[", "a[", false, true), ("[a", "[a", false, true), ("*[", "x[", false, true),
            ("[c-a]", "b", false, false),
        ])
    func flavours(_ pattern: String, _ name: String, _ inGo: Bool, _ inShell: Bool) {
        #expect(GlobPattern(pattern, as: .go).matches(name) == inGo)
        #expect(GlobPattern(pattern, as: .shell).matches(name) == inShell)
    }

    @Test("does not take for ever over many stars", arguments: [GlobPattern.Flavour.go, .shell])
    func manyStars(_ flavour: GlobPattern.Flavour) {
        let pattern = GlobPattern(String(repeating: "a*", count: 40) + "b", as: flavour)
        #expect(!pattern.matches(String(repeating: "a", count: 4000)))
    }
}
