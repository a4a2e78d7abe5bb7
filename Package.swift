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

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], data: [String] = []) -> Target {
    .testTarget(name: name + "Tests", dependencies: dependencies, exclude: data, swiftSettings: house)
}

let package = Package(
    name: "nucprep",
    dependencies: [
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        module("NodeState", [system]),
        module("NodeAPI", ["NodeState"]),
        module("ConfigFormats", ["TOMLKit"]),
        module("NodeEngine", ["NodeState", crypto, system]),
        module("NodeRequirements", ["NodeState", "ConfigFormats", system]),
    ]
)
