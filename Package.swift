// swift-tools-version: 6.2
import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(), .treatAllWarnings(as: .error),
]

func library(_ product: String, _ package: String) -> Target.Dependency { .product(name: product, package: package) }

let system = library("SystemPackage", "swift-system")
let crypto = library("Crypto", "swift-crypto")
let signatures = library("CryptoExtras", "swift-crypto")

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], data: [String] = []) -> Target {
    .testTarget(name: name + "Tests", dependencies: dependencies, exclude: data, swiftSettings: house)
}

let nio = ["NIOCore", "NIOPosix"].map { library($0, "swift-nio") }
let http2 = ["NIOHTTP2", "NIOHPACK"].map { library($0, "swift-nio-http2") }

let package = Package(
    name: "nucprep",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CKmod", pkgConfig: "libkmod", providers: [.apt(["libkmod-dev"])]),
        .target(
            name: "CLinux",
            cSettings: [.enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error)]),
        module("TextForms", []),
        module("Systemd", ["CSystemd", "TextForms", system]),
        module("Kmod", ["CKmod", system]),
        module("ConfigFormats", ["TextForms"]),
        module("Keyrings", ["ConfigFormats", "TextForms", crypto, signatures]),
        module("NodeState", [system]),
        module("NodeRequirements", ["NodeState", "ConfigFormats", "Keyrings", "TextForms", system]),
        module("NodeEngine", ["NodeState", "TextForms", crypto, system]),
        module("ContainerRuntime", ["TextForms"] + nio + http2),
        module(
            "LinuxHost",
            [
                "NodeEngine", "NodeState", "ConfigFormats", "Keyrings", "ContainerRuntime", "Systemd", "Kmod", "CLinux",
                "TextForms", crypto, system,
            ]),
        module("NodeConfiguration", ["NodeState", "ConfigFormats", "LinuxHost", "TextForms", crypto, system]),
        module("NodeAPI", ["NodeState", "TextForms", system]),
        module("CommandProcess", ["NodeAPI", system] + nio),
        module("NodeAPITransport", ["NodeAPI", "CommandProcess", "CLinux", "TextForms", system] + nio),
        module(
            "NucprepDaemon",
            [
                "NodeState", "NodeEngine", "NodeRequirements", "LinuxHost", "NodeConfiguration", "NodeAPI",
                "NodeAPITransport", "CommandProcess", "Systemd", "TextForms",
                library("UnixSignals", "swift-service-lifecycle"), system,
            ]),
        module(
            "Fleet",
            [
                "NodeAPI", "NodeAPITransport", "CommandProcess", "TextForms", crypto, system,
                library("Subprocess", "swift-subprocess"),
            ]),
        module(
            "NucprepCommands",
            [
                "NodeAPI", "NodeAPITransport", "CommandProcess", "Fleet",
                library("ArgumentParser", "swift-argument-parser"), system,
            ]),
        .executableTarget(name: "nucprepd", dependencies: ["NucprepDaemon"], swiftSettings: house),
        .executableTarget(name: "nucprep", dependencies: ["NucprepCommands"], swiftSettings: house),
        module("NodeTesting", ["NodeState", "NodeEngine", "LinuxHost", "NodeConfiguration", "NodeAPI", system]),
        .executableTarget(
            name: "parser-growth",
            dependencies: ["ConfigFormats", "LinuxHost", "NodeConfiguration", "NodeAPI", "NodeAPITransport"],
            path: "Tests/Benchmarks/ParserGrowth", swiftSettings: house),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "ConfigFormats", "LinuxHost", "NodeConfiguration", "NodeAPI", "NodeAPITransport", "NodeState",
            ],
            path: "Tests/Fuzz/FuzzTargets", swiftSettings: house),
        tests("Fuzz", ["FuzzTargets"]),
        tests("HouseRules", []),
        tests("TextForms", ["TextForms"]),
        tests("Systemd", ["Systemd", system]),
        tests("Kmod", ["Kmod", system]),
        tests("ContainerRuntime", ["ContainerRuntime"] + nio + http2),
        tests("ConfigFormats", ["ConfigFormats"]),
        tests("Keyrings", ["Keyrings", "ConfigFormats"], data: ["Fixtures"]),
        tests(
            "NodeRequirements",
            ["NodeRequirements", "NodeEngine", "NodeState", "ConfigFormats", "LinuxHost", "NodeTesting", system],
            data: ["Fixtures"]),
        tests("NodeEngine", ["NodeEngine", "TextForms", "NodeState", "NodeTesting", system]),
        tests("LinuxHost", ["LinuxHost", "NodeEngine", "NodeState", "ConfigFormats", "NodeTesting", system]),
        tests("NodeConfiguration", ["NodeConfiguration", "NodeState", "NodeTesting", system]),
        tests("CommandProcess", ["CommandProcess", system]),
        tests("NodeAPI", ["NodeAPI", "TextForms", "NodeState", "NodeTesting", system], data: ["Golden"]),
        tests("NodeAPITransport", ["NodeAPITransport", "NodeAPI", "CommandProcess", system]),
        tests("Fleet", ["Fleet", "CommandProcess", "TextForms", "NodeAPI", "NodeTesting", system]),
        tests(
            "NucprepCommands",
            [
                "NucprepCommands", "NodeAPI", "NodeAPITransport", "CommandProcess", "Fleet", "NodeTesting", system,
                library("ArgumentParser", "swift-argument-parser"),
            ], data: ["Golden"]),
        tests(
            "NucprepDaemon",
            [
                "NucprepDaemon", "NodeState", "NodeEngine", "NodeRequirements", "LinuxHost", "NodeConfiguration",
                "NodeAPI",
                "Fleet", "NodeTesting", "Systemd", system,
            ]),
        tests("Integration", ["NodeAPI", "NodeAPITransport", "NodeTesting", system]),
    ]
)

// libFuzzer is linked by `make fuzz` alone, and so is what needs it. It is run as a library: with `-sanitize=fuzzer` the
// compiler would link a `main` of libFuzzer's beside the one that every executable of a package has.
if Context.environment["NUCPREP_FUZZ"] != nil {
    package.targets += [
        .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "fuzz-driver", dependencies: ["CFuzzer", "FuzzTargets"], path: "Tests/Fuzz/Driver",
            swiftSettings: house),
    ]
}
