// swift-tools-version: 6.2
import PackageDescription

/// The settings of the main package, but for the sanitizers.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let sanitizers: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"])]

let package = Package(
  name: "fuzz",
  dependencies: [
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    // A link to Sources/HTTPWire/Codec: what is package there is package here.
    .target(
      name: "Codec",
      dependencies: [
        .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: settings + sanitizers),
    .executableTarget(
      name: "CodecFuzz",
      dependencies: ["Codec", .product(name: "NIOCore", package: "swift-nio")],
      swiftSettings: settings + sanitizers,
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
  ]
)
