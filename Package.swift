// swift-tools-version: 6.2
import PackageDescription

/// What every target is compiled with: the language as it will be, and no warning left standing.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let deques = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")

/// A target of ours. Its arrows are the ones that docs/architecture.md draws, and no others.
func target(_ name: String, uses ours: [String] = [], and theirs: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: ours.map { .byName(name: $0) } + theirs, swiftSettings: settings)
}

/// The tests of the target of the same name. `others` are files beside them that are not compiled.
func tests(
  of name: String, uses ours: [String] = [], and theirs: [Target.Dependency] = [], besides others: [String] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: ([name] + ours).map { .byName(name: $0) } + theirs,
    exclude: others,
    swiftSettings: settings)
}

let package = Package(
  name: "telephone",
  products: [
    .executable(name: "telephone", targets: ["telephone"]),
    .library(name: "TelephoneKit", targets: ["TelephoneKit"]),
    .library(name: "TelephoneCLI", targets: ["TelephoneCLI"]),
    .library(name: "TelephoneTesting", targets: ["TelephoneTesting"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
  ],
  targets: [
    target("TelephoneKit", and: [nioCore, httpTypes, logging]),
    target("HTTPWire", and: [asn1, crypto, deques, httpTypes, logging, nioCore, nioPosix, nioSSL, nioTLS, x509]),
    target("KeySets", and: [crypto, cryptoExtras, jwtKit]),
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    target("PipelineFile", uses: ["TelephoneKit", "CLibYAML"], and: [httpTypes, logging]),
    target("Rehearsal", uses: ["TelephoneKit", "PipelineFile"], and: [crypto, httpTypes, logging, nioCore]),
    target(
      "Backend", uses: ["TelephoneKit", "HTTPWire"],
      and: [httpTypes, nioCore, nioPosix, nioSSL]),
    target(
      "StandardStages", uses: ["TelephoneKit", "KeySets", "Backend"], and: [httpTypes, logging, nioCore]),
    target("PhoenixChannels", uses: ["HTTPWire"], and: [deques, logging, nioCore]),
    target("Tunnel", uses: ["TelephoneKit", "PhoenixChannels"], and: [deques, httpTypes, logging, nioCore]),
    target("TokenVault", uses: ["KeySets"], and: [crypto, cryptoExtras, grdb, logging]),
    target(
      "Agent", uses: ["TelephoneKit", "PhoenixChannels", "Tunnel", "TokenVault"],
      and: [hummingbird, logging, nioCore, serviceLifecycle]),
    target(
      "Switchboard", uses: ["TelephoneKit", "HTTPWire", "KeySets", "PhoenixChannels", "Tunnel"],
      and: [httpTypes, logging, nioCore]),
    .systemLibrary(name: "CMalloc"),
    target(
      "TelephoneCLI",
      uses: [
        "TelephoneKit", "PipelineFile", "Rehearsal", "Backend", "StandardStages", "HTTPWire", "KeySets", "Tunnel",
        "TokenVault", "Agent", "Switchboard", "CMalloc",
      ],
      and: [argumentParser, configuration, httpTypes, logging, nioCore, serviceLifecycle, unixSignals]),
    .executableTarget(name: "telephone", dependencies: ["TelephoneCLI"], swiftSettings: settings),
    target("TelephoneTesting", uses: ["TelephoneKit", "PipelineFile"], and: [httpTypes, logging, nioCore]),

    // Scripted peers on loopback sockets, for the tests below.
    .target(
      name: "TestSupport", dependencies: [nioCore, nioPosix], path: "Tests/TestSupport", swiftSettings: settings),
    tests(of: "TelephoneKit", uses: ["TelephoneTesting", "PipelineFile"], and: [httpTypes, logging, nioCore]),
    tests(
      of: "HTTPWire", uses: ["TestSupport"],
      and: [httpTypes, logging, nioCore, nioEmbedded, nioHTTP1, nioPosix, nioSSL]),
    tests(of: "KeySets", uses: ["TestSupport"], and: [crypto, cryptoExtras]),
    tests(of: "PipelineFile", uses: ["TelephoneKit"], and: [httpTypes, logging, nioCore]),
    tests(
      of: "Rehearsal", uses: ["TelephoneKit", "PipelineFile", "StandardStages"], and: [httpTypes, logging, nioCore]),
    tests(
      of: "Backend", uses: ["TelephoneKit", "TelephoneTesting", "HTTPWire", "TestSupport"],
      and: [httpTypes, nioCore, nioPosix, nioSSL]),
    tests(
      of: "StandardStages", uses: ["TelephoneKit", "KeySets", "Backend", "HTTPWire", "TestSupport"],
      and: [httpTypes, logging, nioCore]),
    tests(of: "PhoenixChannels", uses: ["HTTPWire", "TestSupport"], and: [logging, nioCore, nioSSL]),
    tests(
      of: "Tunnel", uses: ["TelephoneKit", "TelephoneTesting", "PhoenixChannels"],
      and: [httpTypes, logging, nioCore]),
    tests(
      of: "TokenVault", uses: ["KeySets", "TestSupport"], and: [crypto, grdb, logging],
      besides: ["Fixtures"]),
    tests(
      of: "Agent",
      uses: [
        "TelephoneKit", "TelephoneTesting", "HTTPWire", "PhoenixChannels", "Tunnel", "TokenVault", "KeySets",
        "TestSupport",
      ],
      and: [httpTypes, logging, nioCore, nioPosix]),
    tests(
      of: "Switchboard",
      uses: [
        "TelephoneKit", "TelephoneTesting", "StandardStages", "Backend", "Tunnel", "HTTPWire", "PhoenixChannels",
        "TokenVault", "KeySets", "Agent", "TestSupport",
      ],
      and: [httpTypes, logging, nioCore]),
    // These run the program itself, as a person would.
    tests(
      of: "TelephoneCLI",
      uses: ["telephone", "TelephoneKit", "TelephoneTesting", "PipelineFile", "HTTPWire", "TestSupport"],
      and: [httpTypes, logging, nioCore, nioSSL, subprocess, systemPackage]),

    // The live fault suite, `scripts/chaos`: a program of its own, which starts the others as processes.
    .executableTarget(
      name: "chaos",
      dependencies: [
        "HTTPWire", "KeySets", "Switchboard", "TestSupport", argumentParser, httpTypes, logging, nioCore, nioPosix,
        unixSignals,
      ],
      path: "Tests/Chaos", swiftSettings: settings),
    .testTarget(name: "ChaosTests", dependencies: ["chaos", nioCore], swiftSettings: settings),
  ]
)
