import ConfigFormats
import Testing

@Suite("X.509 certificates")
struct X509CertificateTests {
    /// Made by openssl: O=system:nodes, CN=system:node:nuc02, an elliptic key.
    static let pem = """
        -----BEGIN CERTIFICATE-----
        MIIBuzCCAWGgAwIBAgIUBd3yZ3yT+0ZhaXl29nrvFISD1DswCgYIKoZIzj0EAwIw
        MzEVMBMGA1UECgwMc3lzdGVtOm5vZGVzMRowGAYDVQQDDBFzeXN0ZW06bm9kZTpu
        dWMwMjAeFw0yNjExMzAxMTM3MzlaFw0yNzExMzAxMTM3MzlaMDMxFTATBgNVBAoM
        DHN5c3RlbTpub2RlczEaMBgGA1UEAwwRc3lzdGVtOm5vZGU6bnVjMDIwWTATBgcq
        hkjOPQIBBggqhkjOPQMBBwNCAATO6nJjMq9Rrz7jBuCZkEtVPZ3R+EKiAXk3r9yL
        3A1WzCfTiaNaEGCfmuy68HP7x4VZYyGvVl4YoEdopiBdWThoo1MwUTAdBgNVHQ4E
        FgQU0EHVPp3gtlVTT8PcifV0WlkAFs4wHwYDVR0jBBgwFoAU0EHVPp3gtlVTT8Pc
        ifV0WlkAFs4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA+Ptw
        86JcxP8qfPsHRyGM6VQOqGi2JP0ZKE4SHPKGvfcCIHB0vEuUs0qPBGqLJe4d/A/S
        tHZkZIOf+ukJTjroEIOI
        -----END CERTIFICATE-----
        """

    private func read(_ text: String) throws -> X509Certificate { try X509Certificate(pem: Array(text.utf8)) }

    @Test("gives the common name and the end")
    func good() throws {
        let certificate = try read(Self.pem)
        #expect(certificate.commonName == "system:node:nuc02")
        #expect(certificate.notAfter == 1_827_574_659)
    }

    @Test("passes over a key beside it, and takes the first of several")
    func beside() throws {
        let key = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"
        #expect(try read(key + Self.pem).commonName == "system:node:nuc02")
        #expect(try read(Self.pem + "\n" + key).commonName == "system:node:nuc02")
        #expect(try read(Self.pem.replacing("\n", with: "\r\n")).commonName == "system:node:nuc02")
    }

    @Test(
        "refuses what is none",
        arguments: [
            "", "x", "-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nMIT/////\n-----END CERTIFICATE-----\n",
            "-----END CERTIFICATE-----\nAAAA\n-----BEGIN CERTIFICATE-----\n",
        ])
    func refused(_ text: String) { #expect(throws: ParseError.self) { try read(text) } }

    @Test("never fails otherwise, whatever byte of it is changed or wherever it ends")
    func mutated() {
        let bytes = Array(Self.pem.utf8)
        var names: Set<String?> = []
        for index in bytes.indices {
            var changed = bytes
            for byte in [UInt8(ascii: "A"), UInt8(ascii: "/"), UInt8(ascii: "\n"), 0xFF] {
                changed[index] = byte
                names.insert((try? X509Certificate(pem: changed))?.commonName)
            }
            names.insert((try? X509Certificate(pem: Array(bytes.prefix(index))))?.commonName)
        }
        #expect(names.count > 2)
    }
}
