extension NewStagePackage {
  var manifest: String {
    #"""
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
      name: "\#(name.text)",
      products: [
        .library(name: "\#(name.module)", targets: ["\#(name.module)"]),
        .executable(name: "\#(name.program)", targets: ["\#(name.program)"]),
      ],
      dependencies: [
        \#(telephone.dependency),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
      ],
      targets: [
        // The stage. It needs TelephoneKit only.
        .target(
          name: "\#(name.module)",
          dependencies: [
            .product(name: "TelephoneKit", package: "telephone"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
          ],
          swiftSettings: settings),
        // A telephone of your own: all commands and all standard stages, and yours.
        .executableTarget(
          name: "\#(name.program)",
          dependencies: ["\#(name.module)", .product(name: "TelephoneCLI", package: "telephone")],
          swiftSettings: settings),
        .testTarget(
          name: "\#(name.module)Tests",
          dependencies: [
            "\#(name.module)",
            .product(name: "TelephoneKit", package: "telephone"),
            .product(name: "TelephoneTesting", package: "telephone"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
          ],
          swiftSettings: settings),
      ]
    )

    """#
  }
}
