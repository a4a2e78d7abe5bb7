import NodeEngine
import NodeState
import NodeTesting
import SystemPackage
import Systemd
import Testing

@testable import LinuxHost

@Suite("Key of a repository")
struct KeyFetchTests {
    private let folder: ActFolder

    init() throws { folder = try ActFolder() }

    private static let fingerprint = "19E0B07B9838211592725D98D3DA0DD512F8B094"
    /// A key that was made for tests; nobody holds its other half.
    private static let armoured = """
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        mDMEZZIAgBYJKwYBBAHaRw8BAQdAWoTLz8GieMJ64CQN2+xA0dYGc6dy4f+tB6gDNd12X1+0HU90aGVyIGtleSA8b3RoZXJA
        ZXhhbXBsZS5vcmc+iJAEExYIADgWIQQZ4LB7mDghFZJyXZjT2g3VEviwlAUCZZIAgAIbAwULCQgHAgYVCgkICwIEFgIDAQIe
        AQIXgAAKCRDT2g3VEviwlEJKAQC3jrdsydj9zmDwNFTtlSIh6GjL8EyAW8gjkZEZQv4Y5gEA1tqOhoMlDlvX1XSgyEt5YXTs
        Ctmv42+XRbbTh9ylhwc=
        =abcd
        -----END PGP PUBLIC KEY BLOCK-----

        """
    private static let path: FilePath = "/etc/apt/keyrings/kubernetes-apt-keyring.gpg"
    private static let url = "https://example.org/Release.key"

    private func order(_ path: FilePath = path, fingerprint: String = fingerprint) -> KeyOrder {
        KeyOrder(url: Self.url, fingerprint: fingerprint, path: path, before: nil)
    }

    /// Fetches from somebody who brings `text`.
    private func fetch(
        _ order: KeyOrder, bringing text: String?, _ result: JobResult = .done, errors: String = ""
    ) throws -> (effect: Effect, calls: [String]) {
        let (tree, run) = (folder.tree, folder.run)
        let units = FalseOrders { call throws(BusError) in
            guard call.hasPrefix("start") else { return .done }
            if let text { try? tree.write(text, to: "/run/nucprep-fetch-key/key") }
            try? run.write(errors, to: "/out/fetch-key")
            return result
        }
        let act = KeyFetch(run: folder.unitRun(units), acts: try folder.acts, files: try folder.files)
        return (try act.fetch(order), units.calls)
    }

    @Test("the key that is expected is put in place without its armour, and the unit is stopped before and after")
    func fetched() throws {
        let (effect, calls) = try fetch(order(), bringing: Self.armoured)
        #expect(effect == .applied)
        #expect(
            calls == [
                "stop nucprep-fetch-key.service", "start nucprep-fetch-key.service", "stop nucprep-fetch-key.service",
            ])
        let bytes = try folder.files.bytes(at: Self.path, limit: 1 << 16) ?? []
        #expect(bytes.first == 0x98)
        #expect(try KeyFile(bytes, from: "x", fingerprint: Self.fingerprint, now: 1_785_283_200).binary == bytes)
        #expect(try folder.run.text("/fetch-key.env") == nil)
    }

    @Test("under a name that ends in asc the key keeps its armour")
    func armour() throws {
        #expect(try fetch(order("/etc/apt/keyrings/k.asc"), bringing: Self.armoured).effect == .applied)
        #expect(try folder.tree.text("/etc/apt/keyrings/k.asc") == Self.armoured)
    }

    @Test("another key is not put in place")
    func otherKey() throws {
        let other = String(repeating: "A", count: 40)
        #expect(
            throws: ChangeError.refused(
                "cannot take the key of \(Self.url): it holds the key \(Self.fingerprint), and \(other) alone is expected"
            )
        ) {
            try fetch(order(fingerprint: other), bringing: Self.armoured)
        }
        #expect(try folder.tree.text(Self.path) == nil)
    }

    /// Another key that was made for tests.
    private static let other = """
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        mDMEZZIAgBYJKwYBBAHaRw8BAQdA98+ltmqAKiBFwcIJWFoFFq4JXXy7rVgvF/Km/1w9ldK0IlRlc3QgcmVwb3NpdG9yeSA8
        dGVzdEBleGFtcGxlLm9yZz6IlgQTFggAPhYhBOt8UNThL6k6DVrDbtaLhOYMtlGGBQJlkgCAAhsDBQkDw7iABQsJCAcCBhUK
        CQgLAgQWAgMBAh4BAheAAAoJENaLhOYMtlGG1hYBAMhgLyCfqtrgY77JaUpGZrAtGfrcrCT4OCWM+69oAdmiAP9VMzA7gwXV
        q5BkLc7lQN/gqzSsmvNLN5MYMv91sIs6Bg==
        -----END PGP PUBLIC KEY BLOCK-----

        """

    @Test("a keyring with one more key is not put in place: apt would trust both")
    func foreignKey() throws {
        let found = "EB7C50D4E12FA93A0D5AC36ED68B84E60CB65186"
        for text in [Self.armoured + Self.other, Self.other + Self.armoured] {
            #expect(
                throws: ChangeError.refused(
                    "cannot take the key of \(Self.url): it holds the key \(found), and \(Self.fingerprint) alone is expected"
                )
            ) {
                try fetch(order(), bringing: text)
            }
        }
        #expect(try folder.tree.text(Self.path) == nil)
    }

    @Test("a key whose own signature does not verify is not put in place")
    func damagedKey() throws {
        let damaged = Self.armoured.replacing("lEJKAQC3jrdsydj9", with: "lEJKAQC3jrdsydj8")
        try #require(damaged != Self.armoured)
        #expect(
            throws: ChangeError.refused(
                "cannot take the key of \(Self.url): a signature of its own does not verify")
        ) {
            try fetch(order(), bringing: damaged)
        }
        #expect(try folder.tree.text(Self.path) == nil)
    }

    @Test(
        "what is no key, is cut off or is enormous is not put in place",
        arguments: [
            "<html>404</html>", "", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n",
            String(repeating: "a", count: 70_000),
        ])
    func noKey(_ text: String) throws {
        #expect(throws: ChangeError.self) { try fetch(order(), bringing: text) }
        #expect(try folder.tree.text(Self.path) == nil)
    }

    @Test("nothing brought, and a download that failed, are told")
    func failure() throws {
        #expect(throws: ChangeError.failed("cannot fetch \(Self.url): nothing was brought")) {
            try fetch(order(), bringing: nil)
        }
        let line = "E: Failed to fetch https://example.org/Release.key  Could not resolve 'example.org'"
        #expect(
            throws: ChangeError.waiting(
                .network, "cannot fetch \(Self.url): the repository cannot be reached: \"\(line)\"")
        ) {
            try fetch(order(), bringing: nil, .ended("failed"), errors: line)
        }
    }

    @Test(
        "a key is put where keys lie, and nowhere else",
        arguments: ["/etc/shadow", "/etc/apt/keyrings/x", "/etc/apt/keyrings/../x.gpg", "/usr/share/keyrings/x.gpg"])
    func place(_ path: String) {
        #expect(throws: ChangeError.self) { try fetch(order(FilePath(path)), bringing: Self.armoured) }
    }
}
