import Foundation

/// A folder that may not be listed. To root this means nothing, so a program has to be started without root's powers.
struct UnreadableFolder {
  private static let tool = "/usr/bin/setpriv"

  /// Whether there can be one here.
  static var canBe: Bool { geteuid() != 0 || FileManager.default.isExecutableFile(atPath: tool) }

  /// What starts a program to which it is unreadable.
  static var launcher: [String] { geteuid() == 0 ? [tool, "--bounding-set=-all", "--inh-caps=-all"] : [] }

  let path: String

  init(_ path: String) throws {
    self.path = path
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0])
  }

  /// Lets it be removed.
  func unlock() { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path) }
}
