/// Section 1 of `Sources/README.md` as a table: what each module may import.
enum Graph {
    /// The modules of ours that are Swift, each with everything it may import.
    ///
    /// Modules of the standard library and of the C library stand here too; `Swift` and its implicit parts need no import.
    static let imports: [String: Set<String>] = [
        "nucprepd": ["NucprepDaemon", "Glibc"],
        "nucprep": ["NucprepCommands", "Glibc"],
        "NucprepDaemon": [
            "TextForms", "NodeState", "NodeEngine", "NodeRequirements", "LinuxHost", "NodeConfiguration", "NodeAPI",
            "NodeAPITransport",
            "CommandProcess", "Systemd", "UnixSignals", "SystemPackage", "Dispatch", "Synchronization",
        ],
        "NucprepCommands": [
            "NodeAPI", "NodeAPITransport", "CommandProcess", "Fleet", "ArgumentParser", "SystemPackage",
            "Synchronization",
        ],
        "NodeRequirements": ["TextForms", "NodeState", "ConfigFormats", "Keyrings", "SystemPackage"],
        "NodeEngine": ["TextForms", "NodeState", "Crypto", "SystemPackage", "Synchronization"],
        "LinuxHost": [
            "TextForms", "NodeEngine", "NodeState", "ConfigFormats", "Keyrings", "ContainerRuntime", "Systemd", "Kmod",
            "CLinux",
            "Crypto", "SystemPackage", "Glibc", "Dispatch", "Synchronization",
        ],
        "NodeAPI": ["TextForms", "NodeState", "FoundationEssentials", "SystemPackage"],
        "CommandProcess": ["NodeAPI", "NIOCore", "NIOPosix", "SystemPackage", "Glibc", "Synchronization"],
        "NodeConfiguration": ["TextForms", "NodeState", "ConfigFormats", "LinuxHost", "Crypto", "SystemPackage"],
        "NodeAPITransport": [
            "TextForms", "NodeAPI", "CommandProcess", "CLinux", "NIOCore", "NIOPosix", "SystemPackage", "Glibc",
            "Synchronization",
        ],
        "Fleet": [
            "TextForms", "NodeAPI", "NodeAPITransport", "CommandProcess", "Crypto", "Subprocess", "SystemPackage",
            "Synchronization",
        ],
        "ContainerRuntime": ["TextForms", "NIOCore", "NIOPosix", "NIOHTTP2", "NIOHPACK"],
        "Systemd": ["TextForms", "CSystemd", "SystemPackage", "Glibc"],
        "Kmod": ["CKmod", "SystemPackage"],
        "ConfigFormats": ["TextForms"],
        "TextForms": [],
        "Keyrings": ["TextForms", "ConfigFormats", "Crypto", "CryptoExtras"],
        "NodeState": ["SystemPackage"],
        "NodeTesting": [
            "NodeState", "NodeEngine", "LinuxHost", "NodeConfiguration", "NodeAPI", "SystemPackage", "Glibc",
            "Synchronization",
        ],
    ]

    /// The modules that speak C, and the one that makes scratch trees for tests: `unsafe` and `@safe` are for them alone.
    static let unsafeModules: Set<String> = [
        "Systemd", "Kmod", "LinuxHost", "NodeAPITransport", "CommandProcess", "NodeTesting",
    ]

    /// The modules whose sleeps a caller can begin and give up again, as often as it likes.
    static let modulesWithTimers: Set<String> = [
        "NucprepDaemon", "NodeEngine", "NodeAPI", "NodeAPITransport", "CommandProcess",
    ]

    /// The modules that read what other programs and people have written.
    static let modulesThatReadTexts: Set<String> = [
        "ConfigFormats", "NodeRequirements", "LinuxHost", "NodeConfiguration",
    ]

    /// The modules that read or write the words of the API, and don't own them.
    static let modulesOfTheWire: Set<String> = ["Fleet", "NucprepCommands", "NucprepDaemon", "NodeAPITransport"]

    /// The words of `WireVerdict`, `WireSeverity`, `WireHorizon`, `WireLifecycle`, `WireRole` and `WireReadiness`.
    static let wireWords = [
        "unmet", "unknown", "blocked", "waived", "met", "not_applicable", "error", "warning", "info", "now",
        "next_boot", "fresh", "prepared", "initialised", "joined", "leftover", "control_plane", "worker", "go",
        "go_with_warnings", "incomplete", "no_go",
    ]

    /// What the text of a string must not say, and what it says instead: expressions over words, as in "Words we use".
    static let unwantedWords = [
        (#"\b(?:some|no)body\b"#, "who it is: another process, a user, no process"),
        (#"\b(?:tells?|told)\b"#, "reports, logs, is configured, or the command"),
        (#"\bheard\b"#, "received"),
        (#"\bleads nowhere\b"#, "does not resolve, or is a broken link"),
        (#"\b(?:is|are) none\b"#, "is not one of, or is malformed"),
        (#"\bgives? way\b"#, "is overridden by"),
        (#"\bobeys?\b"#, "runs the command"),
        (#"\bstrangers?\b"#, "another program, another machine"),
        (#"\bas one has it\b"#, "leave it out"),
        (#"\b(?:taken out of|put in) force\b"#, "loaded, reloaded, disabled"),
        (#"\bspeaks? one verdict\b"#, "print one verdict"),
        (#"\bwaits? behind\b"#, "is blocked by"),
        (#"\bthe words of the command\b"#, "the arguments"),
    ]

    /// The module whose output is its purpose.
    static let printingModules: Set<String> = ["NucprepCommands"]
}
