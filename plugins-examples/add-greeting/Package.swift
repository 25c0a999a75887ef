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
    .library(name: "AddGreetingStage", targets: ["AddGreetingStage"]),
    .executable(name: "telephone-with-add-greeting", targets: ["telephone-with-add-greeting"]),
  ],
  dependencies: [
    .package(name: "telephone", path: "../.."),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
  ],
  targets: [
    // The stage. It needs TelephoneKit only.
    .target(
      name: "AddGreetingStage",
      dependencies: [
        .product(name: "TelephoneKit", package: "telephone"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: settings),
    // A telephone of your own: all commands and all standard stages, and yours.
    .executableTarget(
      name: "telephone-with-add-greeting",
      dependencies: ["AddGreetingStage", .product(name: "TelephoneCLI", package: "telephone")],
      swiftSettings: settings),
    .testTarget(
      name: "AddGreetingStageTests",
      dependencies: [
        "AddGreetingStage",
        .product(name: "TelephoneKit", package: "telephone"),
        .product(name: "TelephoneTesting", package: "telephone"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ],
      swiftSettings: settings),
  ]
)
