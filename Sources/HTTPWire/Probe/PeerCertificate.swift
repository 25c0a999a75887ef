import NIOCore
import NIOSSL
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// What the certificate of a peer says of itself (RFC 5280, 4.1.2), for a person. None of it is verified, and a peer can
/// write what it likes there: control characters are replaced, and all is cut to a length.
package struct PeerCertificate: Sendable, Hashable {
  /// The longest text of one name, in characters.
  private static let longestName = 160
  /// The most alternative names that are kept.
  private static let mostNames = 8

  /// A distinguished name as `CN=localhost` (RFC 4514); empty where the certificate has alternative names only.
  package let subject: String
  /// Who signed it.
  package let issuer: String
  package let validFrom: Date
  package let validUntil: Date
  /// The DNS names and addresses that it is for (RFC 5280, 4.2.1.6), the first eight.
  package let names: [String]

  /// - Returns: `nil` for one that cannot be read.
  init?(_ certificate: NIOSSLCertificate) {
    guard let octets = try? certificate.toDERBytes(), let parsed = try? Certificate(derEncoded: octets) else {
      return nil
    }
    subject = Self.text("\(parsed.subject)")
    issuer = Self.text("\(parsed.issuer)")
    validFrom = parsed.notValidBefore
    validUntil = parsed.notValidAfter
    let alternatives = (try? parsed.extensions.subjectAlternativeNames) ?? SubjectAlternativeNames([])
    names = alternatives.prefix(Self.mostNames).compactMap { name in
      switch name {
      case .dnsName(let name): Self.text(name)
      case .ipAddress(let octets): Self.address(octets.bytes)
      default: nil
      }
    }
  }

  /// `CN=localhost, issued by CN=ca, valid from 2026-01-01T00:00:00Z to 2026-02-01T00:00:00Z`.
  package var sentence: String {
    let name = subject.isEmpty ? names.first ?? "a certificate without a name" : subject
    return "\(name), issued by \(issuer.isEmpty ? "nobody" : issuer), "
      + "valid from \(validFrom.formatted(.iso8601)) to \(validUntil.formatted(.iso8601))"
  }

  /// Whole days until it expires, rounded down; negative after that.
  package func daysLeft(at now: Date) -> Int {
    Int((validUntil.timeIntervalSince(now) / 86_400).rounded(.down))
  }

  private static func text(_ raw: String) -> String {
    var text = ""
    for scalar in raw.unicodeScalars.prefix(longestName) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: text.append("?")
      default: text.unicodeScalars.append(scalar)
      }
    }
    return raw.unicodeScalars.count > longestName ? text + "…" : text
  }

  private static func address(_ octets: ArraySlice<UInt8>) -> String? {
    (try? SocketAddress(packedIPAddress: ByteBuffer(bytes: octets), port: 0))?.ipAddress
  }
}
