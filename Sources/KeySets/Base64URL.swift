/// base64url as JWS uses it (RFC 7515 section 2, RFC 4648 section 5): the URL-safe alphabet, and no padding, white space
/// or other character.
///
/// Foundation's decoder wants padding and reads unused bits of the last character as it likes; here they must be zero,
/// so that one signature has one spelling.
enum Base64URL {
  /// The octets that `text` stands for, or `nil` if it is not base64url.
  static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    var octets: [UInt8] = []
    octets.reserveCapacity(text.count * 3 / 4)
    var bits: UInt32 = 0
    var held = 0
    for character in text {
      let value = values[Int(character)]
      guard value < 64 else { return nil }
      bits = bits << 6 | UInt32(value)
      held += 6
      if held >= 8 {
        held -= 8
        octets.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
      }
    }
    guard held < 6, bits & (1 << UInt32(held) - 1) == 0 else { return nil }
    return octets
  }

  /// `octets` as base64url without padding.
  static func encode(_ octets: some Collection<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((octets.count * 4 + 2) / 3)
    var bits: UInt32 = 0
    var held = 0
    for octet in octets {
      bits = bits << 8 | UInt32(octet)
      held += 8
      while held >= 6 {
        held -= 6
        text.append(alphabet[Int(bits >> UInt32(held) & 63)])
      }
    }
    if held > 0 { text.append(alphabet[Int(bits << UInt32(6 - held) & 63)]) }
    return String(decoding: text, as: UTF8.self)
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// For each octet its place in the alphabet, or 255.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (place, character) in alphabet.enumerated() { values[Int(character)] = UInt8(place) }
    return values
  }()
}
