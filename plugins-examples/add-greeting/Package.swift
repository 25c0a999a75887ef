// swift-tools-version: 6.2
import PackageDescription

/// The same strictness as Telephone's own. Your package may do without.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "add-greeting",
  products: [
    .library(name: "AddGreeting", targets: ["AddGreeting"]),
    .executable(name: "telephone-with-greeting", targets: ["telephone-with-greeting"]),
  ],
  dependencies: [
    .package(name: "telephone", path: "../.."),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
  ],
  targets: [
    // The stage. It needs TelephoneKit only.
    .target(
      name: "AddGreeting",
      dependencies: [
        .product(name: "TelephoneKit", package: "telephone"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: settings),
    // A telephone of your own: all commands and all standard stages, and yours.
    .executableTarget(
      name: "telephone-with-greeting",
      dependencies: ["AddGreeting", .product(name: "TelephoneCLI", package: "telephone")],
      swiftSettings: settings),
    .testTarget(
      name: "AddGreetingTests",
      dependencies: [
        "AddGreeting",
        .product(name: "TelephoneKit", package: "telephone"),
        .product(name: "TelephoneTesting", package: "telephone"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: settings),
  ]
)
