import Foundation

/// A checkout of Telephone's own repository.
struct Checkout {
  /// Absolute, without symbolic links.
  let path: String

  /// `nil` for a folder that is none.
  init?(_ path: String) {
    let path = Self.real(path)
    let manifest = try? String(contentsOfFile: "\(path)/Package.swift", encoding: .utf8)
    guard manifest?.contains("name: \"telephone\",\n") == true,
      FileManager.default.fileExists(atPath: "\(path)/Sources/TelephoneKit")
    else { return nil }
    self.path = path
  }

  /// The one that the running program was built in, `nil` if it was installed somewhere else.
  static func ofProgram() -> Checkout? {
    guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else { return nil }
    var folder = URL(filePath: program).deletingLastPathComponent()
    while folder.pathComponents.count > 1 {
      if let checkout = Checkout(folder.path) { return checkout }
      folder.deleteLastPathComponent()
    }
    return nil
  }

  /// The way to it.
  /// - Parameter folder: where the way begins; it must be there.
  func path(from folder: String) -> String {
    let target = URL(filePath: path).pathComponents.filter { $0 != "/" }
    let start = URL(filePath: Self.real(folder)).pathComponents.filter { $0 != "/" }
    let shared = zip(target, start).prefix { $0 == $1 }.count
    let way = Array(repeating: "..", count: start.count - shared) + target.dropFirst(shared)
    return way.isEmpty ? "." : way.joined(separator: "/")
  }

  private static func real(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path
  }
}
