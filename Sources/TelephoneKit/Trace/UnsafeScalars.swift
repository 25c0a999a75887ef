extension Unicode.Scalar {
  /// Whether it could end a line, or change what stands beside it: controls, line and paragraph separators, and those that
  /// turn the direction of writing.
  package var isUnsafe: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }
}

extension String {
  /// The text with U+FFFD in the place of what is unsafe on a terminal: it may come from anywhere.
  /// - Parameter tabs: whether tabs stay. Default: no.
  package func printable(withTabs tabs: Bool = false) -> String {
    func isShown(_ scalar: Unicode.Scalar) -> Bool { !scalar.isUnsafe || (tabs && scalar == "\t") }
    guard !unicodeScalars.allSatisfy(isShown) else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.map { isShown($0) ? $0 : "\u{FFFD}" }))
  }
}
