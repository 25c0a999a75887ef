import Foundation
import HTTPTypes
import TelephoneKit

/// Hides in a body what a pipeline hides elsewhere: its secrets, octet by octet, and the values of its secret query items
/// where the body is a form (`application/x-www-form-urlencoded`).
///
/// A secret is found as it is, not where it is written in another way, such as in Base64.
struct SecretMask {
  private static let mark = Array(Redaction.mark.utf8)

  private let redaction: Redaction
  /// The longest first, so that one in which another stands is hidden whole.
  private let secrets: [[UInt8]]
  /// Whether a secret begins with an octet.
  private let beginnings: Set<UInt8>

  init(_ redaction: Redaction) {
    self.redaction = redaction
    secrets = redaction.secrets.map { Array($0.utf8) }.sorted { $0.count > $1.count }
    beginnings = Set(secrets.compactMap(\.first))
  }

  /// - Parameters:
  ///   - fields: those that the body came with.
  ///   - isCut: whether the body went on. Then a secret that may begin at the end is left out, as far as it is there.
  func hidden(_ octets: [UInt8], _ fields: HTTPFields, isCut: Bool) -> [UInt8] {
    let octets = hideSecrets(octets, isCut: isCut)
    guard !redaction.queryItems.isEmpty,
      fields[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true,
      let form = String(validating: octets, as: UTF8.self)
    else { return octets }
    return Array(redaction.shown(target: "?\(form)").utf8.dropFirst())
  }

  private func hideSecrets(_ octets: [UInt8], isCut: Bool) -> [UInt8] {
    var shown: [UInt8] = []
    shown.reserveCapacity(octets.count)
    var place = 0
    while place < octets.count {
      guard beginnings.contains(octets[place]) else {
        shown.append(octets[place])
        place += 1
        continue
      }
      let rest = octets[place...]
      if let secret = secrets.first(where: { rest.starts(with: $0) }) {
        shown += Self.mark
        place += secret.count
      } else if isCut, secrets.contains(where: { $0.starts(with: rest) }) {
        break
      } else {
        shown.append(octets[place])
        place += 1
      }
    }
    return shown
  }
}
