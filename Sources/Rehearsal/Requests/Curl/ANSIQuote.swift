/// Reads `$'…'` (POSIX.1-2024, XCU 2.2.4), from behind its first quote.
struct ANSIQuote {
  let source: RequestSource
  var position: Int

  private static let controls: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "e"): 27, UInt8(ascii: "E"): 27, UInt8(ascii: "f"): 12,
    UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11,
  ]

  /// - Parameter start: where the `$` stands.
  mutating func read(from start: Int) throws(RequestProblem) -> [UInt8] {
    var octets: [UInt8] = []
    while let octet = next {
      position += 1
      switch octet {
      case UInt8(ascii: "'"): return octets
      case UInt8(ascii: "\\"): try readEscape(into: &octets)
      default: octets.append(octet)
      }
    }
    throw source.problem("This single quote is never closed.", at: start)
  }

  private var next: UInt8? { position < source.octets.count ? source.octets[position] : nil }

  private mutating func readEscape(into octets: inout [UInt8]) throws(RequestProblem) {
    let start = position - 1
    guard let octet = next else { return }
    position += 1
    switch octet {
    case UInt8(ascii: "x"):
      guard let value = number(digits: 2, radix: 16) else { throw fault(at: start) }
      octets.append(UInt8(truncatingIfNeeded: value))
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      position -= 1
      guard let value = number(digits: 3, radix: 8), value < 256 else { throw fault(at: start) }
      octets.append(UInt8(truncatingIfNeeded: value))
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let digits = octet == UInt8(ascii: "u") ? 4 : 8
      guard let value = number(digits: digits, radix: 16), let scalar = Unicode.Scalar(value) else {
        throw fault(at: start)
      }
      octets.append(contentsOf: String(scalar).utf8)
    case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "?"): octets.append(octet)
    default:
      guard let control = Self.controls[octet] else { throw fault(at: start) }
      octets.append(control)
    }
  }

  private mutating func number(digits: Int, radix: UInt32) -> UInt32? {
    var value: UInt32?
    for _ in 0..<digits {
      guard let octet = next, let digit = Character(Unicode.Scalar(octet)).hexDigitValue, digit < radix else { break }
      value = (value ?? 0) &* radix &+ UInt32(digit)
      position += 1
    }
    return value
  }

  private func fault(at offset: Int) -> RequestProblem {
    source.problem("$'…' has no such escape.", at: offset)
  }
}
