import Foundation
import NIOCore
import PipelineFile

/// Reads the body of a message: `body`, `body-file`, `body-base64` or `json`.
struct BodyReader {
  static let keys = ["body", "body-file", "body-base64", "json"]

  struct Content {
    var octets: ByteBuffer
    /// What is known of its type.
    var type: String?
  }

  let files: FileContents

  /// `nil` if none is given, or, with an error in the list, if it cannot be read.
  func read(_ map: MapReader, into diagnostics: inout DiagnosticList) -> Content? {
    guard let pair = map.only(Self.keys, into: &diagnostics), !pair.value.holdsUnusable else { return nil }
    switch pair.key {
    case "body":
      return LongText.read(pair.value, of: "body", into: &diagnostics).map {
        Content(octets: ByteBuffer(string: $0), type: "text/plain; charset=utf-8")
      }
    case "body-file":
      return files.octets(pair.value, of: "body-file", into: &diagnostics).map {
        Content(octets: ByteBuffer(bytes: $0))
      }
    case "body-base64":
      guard let text = map.value("body-base64", String.self, into: &diagnostics) else { return nil }
      guard let data = Data(base64Encoded: text) else {
        diagnostics.error(at: pair.value.place, "'body-base64' is not base64 (RFC 4648, 4)")
        return nil
      }
      return Content(octets: ByteBuffer(bytes: data))
    default:
      let value = JSONValue.read(pair.value, into: &diagnostics)
      return Content(octets: ByteBuffer(string: value.jsonText), type: "application/json")
    }
  }
}
