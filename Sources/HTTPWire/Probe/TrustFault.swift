import NIOSSL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Why a certificate is not trusted: which one, and the reason as far as it can be told.
package struct TrustFault: Sendable, Hashable {
  package enum Reason: Sendable, Hashable, CaseIterable {
    case expired
    case notYetValid
    /// It is for other names than the one that was dialled.
    case otherName
    case selfSigned
    /// None of the authorities that are trusted has signed it, or it came without those between.
    case unknownIssuer
    /// The peer showed none that can be read.
    case unknown
  }

  package let reason: Reason
  /// The peer's own certificate; `nil` if it showed none that can be read.
  package let certificate: PeerCertificate?

  /// - Parameter isOtherName: whether the signature was right, and the name was not.
  init(_ certificate: PeerCertificate?, isOtherName: Bool, at now: Date) {
    self.certificate = certificate
    guard let certificate else {
      reason = isOtherName ? .otherName : .unknown
      return
    }
    if isOtherName {
      reason = .otherName
    } else if now < certificate.validFrom {
      reason = .notYetValid
    } else if now > certificate.validUntil {
      reason = .expired
    } else {
      reason = certificate.subject == certificate.issuer ? .selfSigned : .unknownIssuer
    }
  }

  /// What is wrong, as the rest of a sentence.
  package var words: String {
    switch reason {
    case .expired: "it has expired"
    case .notYetValid: "it is not valid yet"
    case .otherName:
      switch certificate?.names ?? [] {
      case []: "it is for another name"
      case let names: "it is for \(names.joined(separator: ", ")), not for the name that was dialled"
      }
    case .selfSigned: "it is signed by itself, and not among the certificates that are trusted"
    case .unknownIssuer: "no authority that is trusted has signed it"
    case .unknown: "it could not be read"
    }
  }

  /// What to do, in a sentence.
  package var advice: String {
    switch reason {
    case .expired: "Let the server's operator renew it, and look whether the clock of this machine is right."
    case .notYetValid: "Look whether the clock of this machine is right."
    case .otherName: "Dial a name that the certificate is for."
    case .selfSigned, .unknown:
      "If this is the right server, give the certificate of the authority that signed it as the CA file."
    case .unknownIssuer:
      "If this is the right server, give the certificate of the authority that signed it as the CA file; the server must "
        + "send those between."
    }
  }
}

extension DialError {
  /// What an error of the TLS library means.
  /// - Parameter certificate: what the peer has shown.
  /// - Returns: `nil` for an error of something else.
  init?(tls error: any Error, certificate: NIOSSLCertificate?, endpoint: String) {
    let shown = certificate.flatMap { PeerCertificate($0) }
    switch error {
    case let error as NIOSSLExtraError:
      guard error == .failedToValidateHostname else {
        self.init(.tls, endpoint: endpoint)
        return
      }
      self.init(.tlsNotTrusted, endpoint: endpoint)
      trust = TrustFault(shown, isOtherName: true, at: Date())
    case is NIOSSLError, is BoringSSLError:
      let detail = "\(error)"
      if detail.contains("CERTIFICATE_VERIFY_FAILED") {
        self.init(.tlsNotTrusted, endpoint: endpoint)
        trust = TrustFault(shown, isOtherName: false, at: Date())
      } else {
        let speaksNoTLS = detail.contains("WRONG_VERSION_NUMBER") || detail.contains("HTTP_REQUEST")
        self.init(
          .tls, endpoint: endpoint, detail: speaksNoTLS ? "the port does not speak TLS; is it ws, not wss?" : "")
      }
    default: return nil
    }
  }
}
