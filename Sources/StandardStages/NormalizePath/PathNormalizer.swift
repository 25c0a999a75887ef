import TelephoneKit

/// Makes the path of a request target canonical (RFC 3986, 6.2.2 and 5.2.4), and refuses what two readers could read in
/// two ways. Pure, and idempotent: what comes out stays as it is.
struct PathNormalizer: Sendable {
  var mergeSlashes = false
  /// In octets, before and after.
  var maxPath = 4096
  /// In octets.
  var maxQuery = 8192

  /// Why a target is not taken.
  enum Fault: String, Error, CaseIterable {
    case form = "target-form"
    case character = "bad-character"
    case escape = "bad-escape"
    case climbs = "path-climbs"
    case hiddenDots = "hidden-dot-segment"
    case pathTooLong = "path-too-long"
    case queryTooLong = "query-too-long"
  }

  /// - Parameters:
  ///   - target: in origin form, `/a/b?x=1` (RFC 9112, 3.2.1), or `*`.
  ///   - isOptions: whether the method is `OPTIONS`, which alone takes `*` (RFC 9112, 3.2.4).
  func normalize(_ target: String, isOptions: Bool = false) throws(Fault) -> String {
    if target == "*", isOptions { return target }
    let octets = Array(target.utf8)
    guard octets.first == UInt8(ascii: "/") else { throw .form }
    let end = octets.firstIndex(of: UInt8(ascii: "?")) ?? octets.endIndex
    let query = octets[end...]
    guard end <= maxPath else { throw .pathTooLong }
    guard query.count - 1 <= maxQuery else { throw .queryTooLong }
    guard query.allSatisfy({ !Self.isForbidden($0) }) else { throw .character }
    let path = try normalize(path: octets[..<end])
    guard path.count <= maxPath else { throw .pathTooLong }
    return String(decoding: path + query, as: UTF8.self)
  }

  /// Whether a target is plain enough to be seen to stay as it is, in one pass and without a copy: most are. One that is
  /// not may still be canonical.
  func isPlain(_ target: String) -> Bool {
    var text = target
    return text.withUTF8 { octets in
      guard octets.first == UInt8(ascii: "/") else { return false }
      var index = 0
      var previous: UInt8 = 0
      while index < octets.count, octets[index] != UInt8(ascii: "?") {
        let octet = octets[index]
        let begins = previous == UInt8(ascii: "/")
        switch octet {
        case UInt8(ascii: "/"): if begins, mergeSlashes { return false }
        // A segment that begins with a dot may be a dot segment, and parameters may hide one.
        case UInt8(ascii: "."): if begins { return false }
        case UInt8(ascii: ";"): return false
        default: guard PathOctet.isPathCharacter(octet) else { return false }
        }
        previous = octet
        index += 1
      }
      guard index <= maxPath, octets.count - index - 1 <= maxQuery else { return false }
      return octets[index...].allSatisfy { !Self.isForbidden($0) }
    }
  }

  /// Controls, the space, and `#`, which no target may hold (RFC 9112, 3.2; RFC 9110, 7.1).
  private static func isForbidden(_ octet: UInt8) -> Bool {
    octet <= 0x20 || octet == 0x7F || octet == UInt8(ascii: "#")
  }

  /// Removes the dot segments (RFC 3986, 5.2.4) after all escapes are canonical.
  private func normalize(path: ArraySlice<UInt8>) throws(Fault) -> [UInt8] {
    var kept: [[UInt8]] = []
    let segments = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    for (index, raw) in segments.enumerated() {
      let isLast = index == segments.count - 1
      let segment = try canonical(raw)
      try refuseHiddenDots(segment)
      switch segment {
      case Self.dot:
        if isLast { kept.append([]) }
      case Self.dotDot:
        guard kept.popLast() != nil else { throw .climbs }
        if isLast { kept.append([]) }
      case [] where mergeSlashes && !isLast: continue
      default: kept.append(segment)
      }
    }
    return kept.isEmpty ? [UInt8(ascii: "/")] : kept.flatMap { [UInt8(ascii: "/")] + $0 }
  }

  /// One segment with unreserved characters unescaped, all other escapes in upper case, and escapes for what no segment
  /// may hold as it is (RFC 3986, 6.2.2.1, 6.2.2.2 and 3.3).
  private func canonical(_ segment: ArraySlice<UInt8>) throws(Fault) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(segment.count)
    var rest = segment
    while let octet = rest.popFirst() {
      guard octet == UInt8(ascii: "%") else {
        guard !Self.isForbidden(octet), octet != UInt8(ascii: "\\") else { throw .character }
        if PathOctet.isPathCharacter(octet) { result.append(octet) } else { result += PathOctet.escape(octet) }
        continue
      }
      guard let high = rest.popFirst().flatMap(PathOctet.hexValue),
        let low = rest.popFirst().flatMap(PathOctet.hexValue)
      else {
        throw .escape
      }
      let value = high << 4 | low
      guard value > 0x1F, value != 0x7F else { throw .character }
      if PathOctet.isUnreserved(value) { result.append(value) } else { result += PathOctet.escape(value) }
    }
    return result
  }

  /// Refuses a segment that holds a dot segment for a reader who decodes `%2F` or `%5C`, or who cuts parameters off at
  /// `;` (RFC 3986, 3.3).
  private func refuseHiddenDots(_ segment: [UInt8]) throws(Fault) {
    if segment == Self.dot || segment == Self.dotDot { return }
    var part: [UInt8] = []
    var rest = segment[...]
    while let octet = rest.first {
      let length = rest.starts(with: Self.slash) || rest.starts(with: Self.backslash) ? 3 : 1
      if length == 3 || octet == UInt8(ascii: ";") {
        guard part != Self.dot, part != Self.dotDot else { throw .hiddenDots }
        part = []
      } else {
        part.append(octet)
      }
      rest = rest.dropFirst(length)
    }
    guard part != Self.dot, part != Self.dotDot else { throw .hiddenDots }
  }

  private static let dot = Array(".".utf8)
  private static let dotDot = Array("..".utf8)
  private static let slash = Array("%2F".utf8)
  private static let backslash = Array("%5C".utf8)
}
