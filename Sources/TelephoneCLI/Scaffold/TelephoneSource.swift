/// Where the package of a new stage gets Telephone from.
struct TelephoneSource {
  /// The folder of a checkout, from that of the package.
  let path: String

  /// The dependency, as it stands in `Package.swift`.
  var dependency: String {
    #".package(name: "telephone", path: "\#(path.replacing("\\", with: #"\\"#).replacing("\"", with: #"\""#))")"#
  }
}
