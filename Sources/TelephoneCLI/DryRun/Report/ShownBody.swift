import NIOCore
import TelephoneKit

/// A piece of a body for people: text with secrets hidden, or octets in hexadecimal, and not too much of either.
struct ShownBody {
  /// The most octets of text, and of others, that are shown.
  static let mostText = 1024
  static let mostOctets = 256

  let text: String
  /// How many octets follow what is shown.
  let octetsLeft: Int

  init(_ octets: ByteBuffer, hiding redaction: Redaction) {
    let view = octets.readableBytesView
    let whole = String(validating: view, as: UTF8.self)
    if let whole, whole.unicodeScalars.allSatisfy({ !$0.isUnsafe || "\t\r\n".unicodeScalars.contains($0) }) {
      // Hidden before it is cut, so that no half of a secret is left.
      let shown = redaction.shown(whole).cut(toOctets: Self.mostText)
      text = shown
      octetsLeft = view.count > Self.mostText ? view.count - Self.mostText : 0
    } else {
      text = view.prefix(Self.mostOctets).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
      octetsLeft = max(view.count - Self.mostOctets, 0)
    }
  }

  var lines: [String] { octetsLeft > 0 ? [text, "… and \(octetsLeft) more octets"] : [text] }
}
