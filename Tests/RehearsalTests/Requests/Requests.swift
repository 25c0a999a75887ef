import Foundation
import HTTPTypes
import NIOCore
import Rehearsal
import Testing

/// Reads requests from texts, as if they stood in files.
enum Requests {
  /// The one request of a text.
  static func one(_ text: String, in file: String) throws -> RequestDraft {
    let drafts = try all(text, in: file)
    #expect(drafts.count == 1)
    return try #require(drafts.first)
  }

  static func all(_ text: String, in file: String) throws -> [RequestDraft] {
    try RequestFile.read(Array(text.utf8), named: file)
  }

  /// The problem with a text, as a person reads it.
  static func problem(_ text: String, in file: String) -> String? { problem(Array(text.utf8), in: file) }

  static func problem(_ octets: [UInt8], in file: String) -> String? {
    do {
      _ = try RequestFile.read(octets, named: file)
      return nil
    } catch {
      return error.description
    }
  }

  /// A folder of a test's own, gone afterwards.
  static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "requests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
  }

  static func write(_ octets: some Sequence<UInt8>, to path: String) throws {
    try Data(octets).write(to: URL(filePath: path))
  }
}

extension RequestDraft {
  /// The fields as lines.
  var lines: [String] { fields.map { "\($0.name.rawName): \($0.value)" } }
  var text: String { String(buffer: body) }
}
