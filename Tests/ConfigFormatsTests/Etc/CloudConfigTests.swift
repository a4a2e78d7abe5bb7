internal import ConfigFormats
internal import Testing

@Suite("cloud-init's files")
struct CloudConfigTests {
    private func value(_ text: String) throws -> CloudConfig.Scalar? {
        try CloudConfig(parsing: text, keys: ["preserve_hostname", "manage_etc_hosts"]).values["preserve_hostname"]
    }

    @Test(
        "plain values at the margin are read",
        arguments: [
            ("preserve_hostname: true\n", true), ("preserve_hostname: \"true\" # as text\n", true),
            ("'preserve_hostname': yes\r\n", true), ("preserve_hostname:   On\n", true), ("preserve_hostname: 1", true),
            ("preserve_hostname: false\n", false), ("preserve_hostname:\n", false), ("preserve_hostname: ~\n", false),
            ("preserve_hostname: true#x\n", false), ("preserve_hostname: y\n", false),
            ("#cloud-config\n\n# from 1 files\n---\nusers:\n- default\npreserve_hostname: true\n...\n", true),
            ("a: b\n  preserve_hostname: true\npreserve_hostname: false\n", false),
            ("preserve_hostname: false\npreserve_hostname: true\n", true),
            ("runcmd:\n  - echo \"preserve_hostname: true\npreserve_hostname: false\n", false),
            ("x: [a, b]\ny: {c: d}\nz: 'it''s'\npreserve_hostname: true\nlate: [a,\nb]\n", true),
        ])
    func plain(_ text: String, _ isTrue: Bool) throws { #expect(try value(text)?.isTrue == isTrue) }

    @Test(
        "files without the key have no value, whatever else is in them",
        arguments: [
            "", "{}\n", "# preserve_hostname: true\n", "- a\n- b\n", "  a: b\n",
            "users:\n  - preserve_hostname: true\n",
            "a: 1\n---\nb: 2\n", "<<: *x\n", "not yaml at all\n", "a: {\n", "preserve_hostnames: true\n",
        ])
    func absent(_ text: String) throws { #expect(try value(text) == nil) }

    @Test(
        "what could mean the key in another way is no value",
        arguments: [
            ("preserve_hostname: *x\n", 1), ("preserve_hostname: !!bool true\n", 1), ("preserve_hostname: {{x}}\n", 1),
            ("preserve_hostname: [true]\n", 1), ("preserve_hostname: |\n  true\n", 1),
            ("preserve_hostname:\n  true\n", 1),
            ("preserve_hostname:\n- true\n", 1), ("preserve_hostname: true\n  false\n", 1),
            ("preserve_hostname: \"tr\\x75e\"\n", 1), ("preserve_hostname: 'true\n", 1),
            ("preserve_hostname: a: b\n", 1),
            ("{preserve_hostname: true}\n", 1), ("{\npreserve_hostname: true\n}\n", 2),
            (" preserve_hostname: true\n", 1),
            ("? preserve_hostname\n: true\n", 1), ("a: \"x\npreserve_hostname: true\nb\"\n", 2),
            ("preserve_hostname: true\n---\na: b\n", 1), ("a: b\n---\npreserve_hostname: true\n", 3),
            ("<<: *base\npreserve_hostname: true\n", 2), ("a: b\n...\npreserve_hostname: true\n", 3),
            ("- preserve_hostname: true\n", 1), ("\"preserve_\\x68ostname\": 1\npreserve_hostname: true\n", 2),
        ])
    func opaque(_ text: String, _ line: Int) {
        let error = #expect(throws: ParseError.self) { try value(text) }
        #expect(error?.line == line)
    }
}
