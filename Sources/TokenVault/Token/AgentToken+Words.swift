extension AgentToken {
  /// The longest words that are shown, in Unicode scalars.
  package static let longestWords = 500

  /// A gateway's words as they may be shown: without this token or a part of it, which a gateway may repeat, without what a
  /// terminal obeys, and not longer than ``longestWords``.
  package func plain(_ words: String) -> String {
    var scalars = Array(words.unicodeScalars)
    for secret in [rawValue] + rawValue.split(separator: ".").dropFirst().map(String.init) {
      scalars.replace(Array(secret.unicodeScalars), with: Array("‹token›".unicodeScalars))
    }
    var plain = String.UnicodeScalarView()
    for scalar in scalars.prefix(Self.longestWords) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: plain.append("?")
      default: plain.append(scalar)
      }
    }
    if scalars.count > Self.longestWords { plain.append("…") }
    return String(plain)
  }
}
