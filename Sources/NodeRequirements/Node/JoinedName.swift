internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// A node of a cluster goes by the name in its certificate, and the certificate is still good.
///
/// - Source: kubernetes.io, "Using Node Authorization": the kubelet is `system:node:NAME`; kubernetes,
///   pkg/util/node/node.go, `GetHostname`: the override or the host name, in lower case.
package struct JoinedName: Requirement {
    package static let entry = CatalogEntry(
        "joined-name", group: "node", title: "A joined node has the name in its certificate",
        why:
            "the kubelet of a renamed node looks for another one and may not touch its own: renaming is leaving and joining again",
        source: "kubernetes.io, Using Node Authorization; kubernetes, pkg/util/node/node.go (GetHostname)",
        checks:
            "subject and end of /var/lib/kubelet/pki/kubelet-client-current.pem, against the host name, /etc/hostname for the next boot, and --hostname-override in /var/lib/kubelet/kubeadm-flags.env and /etc/default/kubelet",
        manual: [
            "sudo openssl x509 -noout -subject -enddate -in /var/lib/kubelet/pki/kubelet-client-current.pem",
            "hostname",
        ])

    package let inputs: [Input] =
        [
            .hostname, .path(BootedHostname.file), .path(KubeletOverride.flags), .path(KubeletOverride.defaults),
            .path(ClusterEvidence.certificate),
        ] + LifecycleRule.membershipInputs

    package init(_ configuration: Configuration) {}

    /// The two names, and until when the certificate is good.
    package struct Observation: Equatable, Sendable {
        /// What the certificate says; `nil` for a node that belongs to no cluster.
        var certificate: X509Certificate?
        /// The name that the kubelet takes.
        var name = ""
        /// The file that overrides the host name.
        var overriddenIn: FilePath?
        /// The host's clock, in seconds since 1970.
        var now = 0
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let lifecycle = try await LifecycleRule.membership(of: host)
        guard lifecycle == .joined || lifecycle == .initialised else { return Observation() }
        let path = ClusterEvidence.certificate
        guard let bytes = try await host.files.bytes(at: path) else {
            throw ObservationError(reading: path.string, cause: "the link is broken")
        }
        var seen = Observation()
        do throws(ParseError) {
            seen.certificate = try X509Certificate(pem: bytes)
        } catch {
            throw ObservationError(reading: path.string, cause: error.description)
        }
        seen.now = try await host.kernel.today() / 1_000_000
        if let override = try await KubeletOverride.read(host) {
            seen.name = override.name
            seen.overriddenIn = override.file
        } else {
            seen.name =
                horizon == .now ? try await host.kernel.nodename() : try await BootedHostname.predict(host).name
        }
        seen.name = seen.name.lowercased()
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard let certificate = seen.certificate else {
            return .notApplicable(because: "this node belongs to no cluster")
        }
        let subject = certificate.commonName ?? "no subject"
        var findings = [differing(seen, subject, horizon)].compactMap(\.self)
        if certificate.notAfter < seen.now {
            findings.append(
                Finding(
                    "certificate-expired", expected: "a certificate that is good",
                    actual: "the certificate of the kubelet ended on \(Self.day(certificate.notAfter))",
                    predicts: Prediction(kubelet: "is refused by the API server: NotReady"),
                    remedy:
                        "on the control plane make a new token, and join this node again after kubeadm reset; on the control plane itself: kubeadm certs renew all, then a new kubelet.conf",
                    manual: ["sudo kubeadm certs check-expiration"], evidence: [Evidence(ClusterEvidence.certificate)]))
        }
        guard !findings.isEmpty else { return .met(observed: "\(subject), until \(Self.day(certificate.notAfter))") }
        return .unmet(observed: "\(subject), and the kubelet goes by \(seen.name)", findings: findings, proposals: [])
    }

    private func differing(_ seen: Observation, _ subject: String, _ horizon: Horizon) -> Finding? {
        let prefix = "system:node:"
        guard subject != prefix + seen.name else { return nil }
        let host = horizon == .now ? "the host is called" : "the next boot sets"
        var finding = Finding(
            "name-differs", expected: "a certificate for \(prefix)\(seen.name)",
            actual:
                "\(seen.overriddenIn.map { "\($0) names" } ?? host) \(seen.name), and the certificate is for \(subject)",
            predicts: Prediction(kubelet: "may not read or change the node \(seen.name): NotReady"),
            remedy: "take the node out of the cluster and join it again",
            evidence: [Evidence(ClusterEvidence.certificate)])
        let name = String(subject.dropFirst(prefix.count))
        guard subject.hasPrefix(prefix), HostName.flaw(of: name) == nil else { return finding }
        finding.remedy =
            "give the host the name \(name) again, or name it in --hostname-override; to rename a node is to take it out of the cluster and join it again"
        finding.manual = ["sudo hostnamectl set-hostname \(name)"]
        return finding
    }

    private static func day(_ seconds: Int) -> String { CalendarDay.text(seconds: seconds) }
}

/// `--hostname-override` as kubeadm's unit of the kubelet gets it.
///
/// - Source: kubernetes/release, 10-kubeadm.conf: `$KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS`; of a flag given twice the
///   last one counts (spf13/pflag). systemd.exec(5), `EnvironmentFile=`: the last assignment counts.
struct KubeletOverride: Equatable, Sendable {
    var name: String
    var file: FilePath

    static let flags: FilePath = "/var/lib/kubelet/kubeadm-flags.env"
    static let defaults: FilePath = "/etc/default/kubelet"

    /// The override that counts; `nil` when there is none.
    ///
    /// - Throws: when one of the files cannot be read.
    static func read(_ host: HostView) async throws(ObservationError) -> KubeletOverride? {
        var found: KubeletOverride?
        for (file, variable) in [(flags, "KUBELET_KUBEADM_ARGS"), (defaults, "KUBELET_EXTRA_ARGS")] {
            guard let text = try await host.files.text(at: file) else { continue }
            if let name = name(in: text, of: variable) { found = KubeletOverride(name: name, file: file) }
        }
        return found
    }

    private static func name(in text: String, of variable: String) -> String? {
        let lines = text.textLines().map { $0.drop { $0 == " " || $0 == "\t" } }
        guard let line = lines.last(where: { $0.hasPrefix(variable + "=") }) else { return nil }
        let words = line.dropFirst(variable.utf8.count + 1)
            .split { " \t\"'\r".contains($0) }
        var name: Substring?
        for (index, word) in words.enumerated() {
            if word.hasPrefix("--hostname-override=") {
                name = word.dropFirst("--hostname-override=".utf8.count)
            } else if word == "--hostname-override", words.indices.contains(index + 1) {
                name = words[index + 1]
            }
        }
        return name.map(String.init)
    }
}
