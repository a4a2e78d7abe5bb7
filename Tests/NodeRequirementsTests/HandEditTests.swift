import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("Edits by hand")
struct HandEditTests {
    @Test("a last line without an end is ended before another one is appended")
    func append() {
        let tee = "echo 'new' | sudo tee -a /etc/a.conf"
        func edits(_ text: String?) -> [String] {
            HandEdit.append(["new"], to: "/etc/a.conf", holding: text.map { Array($0.utf8) })
        }
        #expect(edits(nil) == [tee])
        #expect(edits("") == [tee])
        #expect(edits("old\n") == [tee])
        #expect(edits("old") == ["sudo sed -i '$a\\' /etc/a.conf", tee])
    }

    @Test("several lines are appended at once")
    func lines() {
        #expect(
            HandEdit.append(["a = 1", "b's"], to: "/etc/a.conf", holding: nil)
                == ["printf '%s\\n' 'a = 1' 'b'\\''s' | sudo tee -a /etc/a.conf"])
    }
}
