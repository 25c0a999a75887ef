import Agent

/// Where the package of a new stage gets Telephone from.
enum TelephoneSource {
  /// A folder, from that of the package.
  case path(String)
  /// The version that runs.
  case release

  /// Where releases are.
  static let repository = "https://git.example/telephone/telephone"

  /// The dependency, as it stands in `Package.swift`.
  var dependency: String {
    switch self {
    case .path(let path):
      #".package(name: "telephone", path: "\#(path.replacing("\\", with: #"\\"#).replacing("\"", with: #"\""#))")"#
    case .release: #".package(url: "\#(Self.repository)", .upToNextMinor(from: "\#(Agent.version)"))"#
    }
  }
}
