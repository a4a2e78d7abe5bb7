internal import CommandProcess
internal import Crypto
internal import NodeAPITransport
package import SystemPackage
internal import TextForms

/// The Debian package that is deployed.
package struct DeployPackage: Equatable, Sendable {
    /// Where the package keeps the file that it was installed from.
    package static let folder: FilePath = "/var/cache/nucprep"

    package let path: FilePath
    package let version: String
    package let architecture: String
    /// SHA-256 of the file, as 64 hexadecimal digits.
    package let digest: String
    package let bytes: Int

    /// Why a file is no such package.
    package struct Problem: Error, Equatable, Sendable {
        package var text: String

        /// The problem in words.
        package init(_ text: String) { self.text = text }
    }

    /// Reads the file at `path`, which must be a package called nucprep.
    ///
    /// - Source: dpkg-deb(1), `--field`.
    package init(at path: FilePath, searchPath: String? = nil) async throws(Problem) {
        let contents: [UInt8]
        do {
            // A package of ours has some 15 MB.
            contents = try WholeFile.bytes(of: path, limit: 512 << 20)
        } catch {
            throw Problem("cannot read \(path): \(error)")
        }
        let program = ChildProgram(
            name: "dpkg-deb", arguments: ["--field", path.string, "Package", "Version", "Architecture"],
            searchPath: searchPath)
        guard let end = try? await program.run(), end.exit == 0 else {
            throw Problem("\(path) is no Debian package that dpkg-deb can read")
        }
        var fields: [String: String] = [:]
        for line in String(decoding: end.output, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1].drop { $0 == " " }) }
        }
        guard fields["Package"] == "nucprep", let version = fields["Version"],
            let architecture = fields["Architecture"],
            Self.isPlain(version), Self.isPlain(architecture)
        else { throw Problem("\(path) is not the package nucprep, but \(fields["Package"] ?? "another")") }
        self.path = path
        self.version = version
        self.architecture = architecture
        digest = Hexadecimal.text(SHA256.hash(data: contents))
        bytes = contents.count
    }

    /// The file that this machine was installed from, of the version `installed`; `nil` when none is kept.
    package static func kept(installed: String, in folder: FilePath = folder) -> FilePath? {
        for architecture in ["amd64", "arm64", "armhf", "i386", "riscv64", "ppc64el", "s390x"] {
            let path = folder.appending("nucprep_\(installed)_\(architecture).deb")
            if (try? Stat(path)) != nil { return path }
        }
        return nil
    }

    /// Whether a text can stand in a file's name and in a script as it is.
    static func isPlain(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: ".+~:-".utf8.contains(byte)
                }
            }
    }
}

/// The configuration as it is put on a node: the shared values, with a mark of who wrote them.
package struct DeployFile: Equatable, Sendable {
    /// Where it stands on a node.
    package static let path = "/etc/nucprep/conf.d/cluster.toml"

    package let bytes: [UInt8]
    package let digest: String

    /// The file with these values; what follows the two lines at its head has the hash that the second one names, so that
    /// an edit by a person is seen.
    package init(values: [UInt8]) {
        let head =
            "# Written by nucprep deploy, which replaces it: edit the file on the control plane and deploy again.\n"
            + "# sha256 \(Hexadecimal.text(SHA256.hash(data: values)))\n"
        bytes = Array(head.utf8) + values
        digest = Hexadecimal.text(SHA256.hash(data: bytes))
    }
}
