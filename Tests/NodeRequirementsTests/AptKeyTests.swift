import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("The repository's key")
struct AptKeyTests {
    private let requirement = AptKey(Configuration())
    private let now = 1_785_283_200

    private func assess(
        _ state: RepositoryKey.State, place: RepositoryKey.Place? = .init(path: WantedRepository.keyring, before: nil),
        isSettled: Bool = false
    ) -> Assessment {
        let key = RepositoryKey(evidence: Evidence(WantedRepository.keyring), state: state, place: place)
        return requirement.assess(.init(key: key, now: now, isSettled: isSettled), at: .now)
    }

    @Test("a key is met for sixty days and more, and told before")
    func days() {
        let day = 86_400
        #expect(assess(.good(until: nil)) == .met(observed: "234654DA9A296436, without an end"))
        guard case .met(let text) = assess(.good(until: now + 60 * day)) else {
            Issue.record("sixty days are not enough")
            return
        }
        #expect(text.hasSuffix("until 2026-09-27, 60 days left"))
        guard case .unmet(_, let findings, let proposals) = assess(.good(until: now + 60 * day - 1)) else {
            Issue.record("less than sixty days are met")
            return
        }
        #expect(findings.map(\.reason) == ["expires-soon"] && findings.map(\.severity) == [.warning])
        #expect(proposals == [], "fetching again and again does not make a key last longer")
    }

    @Test(
        "what is wrong has its own name, and a fetched key in its place",
        arguments: [
            (RepositoryKey.State.missing, "missing"), (.expired(1), "expired"), (.revoked, "wrong-key"),
            (.other(["AA"]), "wrong-key"), (.other([]), "wrong-key"), (.unreadable("x"), "unreadable-by-apt"),
            (.foreign(["AA"]), "foreign-key"), (.unverified("x"), "unverified"),
        ])
    func reasons(state: RepositoryKey.State, reason: String) throws {
        guard case .unmet(_, let findings, let proposals) = assess(state) else {
            Issue.record("judged met")
            return
        }
        #expect(findings.map(\.reason) == [reason] && findings.map(\.severity) == [.error])
        let order = KeyOrder(
            url: "https://pkgs.k8s.io/core:/stable:/v1.28/deb/Release.key",
            fingerprint: "DE15B14486CD377B9E876E1A234654DA9A296436", path: WantedRepository.keyring, before: nil)
        #expect(proposals == [Proposal(.fetchKey(order), .withConsent(.network))])
        guard case .unmet(_, let settled, let nothing) = assess(state, isSettled: true) else { return }
        #expect(settled.map(\.severity) == [.info] && nothing == [], "nothing is needed of a repository any more")
    }

    @Test("a good key that the user of apt may not read is told with the mode's cure, and not fetched again")
    func closed() throws {
        let folder: FilePath = "/etc/apt/keyrings"
        guard case .unmet(_, let findings, let proposals) = assess(.closed(folder)) else {
            Issue.record("judged met")
            return
        }
        #expect(findings.map(\.reason) == ["unreadable-by-apt"] && findings.map(\.severity) == [.error])
        #expect(findings.first?.manual.first == "sudo chmod a+rX '/etc/apt/keyrings'")
        #expect(proposals == [])
    }

    @Test("a keyring of the operator's is not overwritten")
    func operators() {
        guard case .unmet(_, let findings, let proposals) = assess(.expired(1), place: nil) else {
            Issue.record("judged met")
            return
        }
        #expect(proposals == [] && findings.allSatisfy { $0.remedy != nil })
    }

    @Test(
        "days are those of the calendar",
        arguments: [
            (0, "1970-01-01"), (951_782_400, "2000-02-29"), (1_798_502_400, "2026-12-29"),
            (4_107_542_399, "2100-02-28"),
            (4_107_542_400, "2100-03-01"), (-1, "1969-12-31"),
        ])
    func calendar(seconds: Int, text: String) { #expect(CalendarDay.text(seconds: seconds) == text) }

    @Test("the configuration decides address, key and minor")
    func wanted() {
        var configuration = Configuration()
        configuration.cluster.kubernetesVersion = "1.30.2"
        #expect(WantedRepository(configuration).address == "https://pkgs.k8s.io/core:/stable:/v1.30/deb/")
        configuration.packages.repository = "http://user@Mirror.example.org:8080/k8s"
        let mirror = WantedRepository(configuration)
        #expect(mirror.address == "http://user@Mirror.example.org:8080/k8s/")
        #expect(mirror.keyAddress == "http://user@Mirror.example.org:8080/k8s/Release.key")
        #expect(mirror.host == "mirror.example.org")
    }

    @Test("an address is told for what it is")
    func bearings() {
        let wanted = WantedRepository(Configuration())
        let flat = ["/"]
        #expect(wanted.bearing(of: wanted.address, suites: flat) == .wanted)
        #expect(wanted.bearing(of: wanted.address, suites: ["./"]) == .wanted)
        #expect(wanted.bearing(of: wanted.address, suites: ["x"]) == .none)
        #expect(wanted.bearing(of: "https://pkgs.k8s.io/core:/stable:/v1.30/deb/", suites: flat) == .otherMinor("1.30"))
        #expect(wanted.bearing(of: "https://pkgs.k8s.io/addons:/cri-o:/stable:/v1.35/deb/", suites: flat) == .none)
        #expect(wanted.bearing(of: "http://apt.kubernetes.io/", suites: ["kubernetes-xenial"]) == .legacy)
        let google = "https://packages.cloud.google.com/apt/"
        #expect(wanted.bearing(of: google, suites: ["kubernetes-xenial"]) == .legacy)
        #expect(wanted.bearing(of: google, suites: ["cloud-sdk"]) == .none)
        #expect(wanted.bearing(of: "https://apt.kubernetes.io.example.org/", suites: flat) == .none)
    }
}
