import Foundation
import HTTPTypes
import NIOCore
import TelephoneKit

/// The members of an ``ExchangeFile`` that tell of a body: `body` if it is UTF-8, else `body-base64`.
struct BodyMembers: Encodable {
  private var text: String?
  private var base64: String?
  /// Of the body as it passed, all of it.
  private var octets: Int
  private var isCut: Bool
  private var trailers: [[String]]?

  private enum CodingKeys: String, CodingKey {
    case text = "body"
    case base64 = "body-base64"
    case octets = "body-octets"
    case isCut = "body-is-cut"
    case trailers
  }

  /// - Parameter trailers: as they may be shown.
  init(_ body: RecordedBody, _ fields: HTTPFields, _ mask: SecretMask, trailers: [[String]]) {
    octets = body.octets
    isCut = body.isCut
    self.trailers = trailers.isEmpty ? nil : trailers
    let shown = mask.hidden(Array(buffer: body.kept), fields, isCut: body.isCut)
    guard !shown.isEmpty else { return }
    if let text = Self.text(shown, isCut: body.isCut) {
      self.text = text
    } else {
      base64 = Data(shown).base64EncodedString()
    }
  }

  /// A body that was cut may end in the middle of a character, which is left out then.
  private static func text(_ octets: [UInt8], isCut: Bool) -> String? {
    for left in 0...(isCut ? min(3, octets.count) : 0) {
      if let text = String(validating: octets.dropLast(left), as: UTF8.self) { return text }
    }
    return nil
  }
}
