// swift-tools-version: 6.2
import PackageDescription

/// The same strictness as Telephone's own.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// What the compiler is told is the package of Telephone's targets: the name of its folder in lower case, as SwiftPM makes
/// an identifier of it. With it `bench-micro` sees what is `package` there.
let parent: String = {
  let folder = (Context.packageDirectory.split(separator: "/").dropLast().last ?? "telephone").lowercased()
  let name = folder.map { $0.isLetter || $0.isNumber ? $0 : "_" }
  return String(folder.first?.isNumber == true ? ["_"] + name.dropFirst() : name)
}()

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")

let package = Package(
  name: "benchmarks",
  dependencies: [
    .package(name: "telephone", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
  ],
  targets: [
    // HTTP/1.1 on bare NIO, as little as a backend and a load generator need, and how they are told what to do.
    .target(name: "BenchKit", dependencies: [nioCore, nioPosix, histogram], swiftSettings: settings),
    .executableTarget(name: "bench-backend", dependencies: ["BenchKit", nioCore, nioPosix], swiftSettings: settings),
    .executableTarget(name: "bench-load", dependencies: ["BenchKit", nioCore, nioPosix], swiftSettings: settings),

    // The floors: the same load as bench-load's, by what others would write it with.
    .executableTarget(
      name: "floor-ahc",
      dependencies: ["BenchKit", nioCore, nioHTTP1, .product(name: "AsyncHTTPClient", package: "async-http-client")],
      swiftSettings: settings),
    .executableTarget(
      name: "floor-niohttp1", dependencies: ["BenchKit", nioCore, nioHTTP1, nioPosix], swiftSettings: settings),
    .executableTarget(name: "floor-relay"),

    // Starts them all, and telephone, and prints the table.
    .executableTarget(name: "bench-e2e", dependencies: ["BenchKit", argumentParser], swiftSettings: settings),

    // Counts the heap allocations of the process that it is linked into.
    .target(name: "CAllocations"),
    .executableTarget(
      name: "bench-micro",
      dependencies: [
        "CAllocations", .product(name: "TelephoneCLI", package: "telephone"), argumentParser, httpTypes, logging,
        nioCore,
      ],
      packageAccess: false,
      swiftSettings: settings + [.unsafeFlags(["-package-name", parent])]),
  ]
)
