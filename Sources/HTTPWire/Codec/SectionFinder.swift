import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Looks for the empty line that ends a head or a trailer section. It remembers how far it looked, so that octets that
/// come one by one are looked at once.
struct SectionFinder {
  /// Where to look on, from the first octet of the section.
  private var scanned = 0
  /// Where the line starts that was not seen whole yet.
  private var lineStart = 0
  /// Whether a whole line was seen.
  var sawLine: Bool { lineStart > 0 }

  enum Outcome: Equatable {
    /// The section has so many octets, the empty line among them.
    case found(Int)
    case needsMore
    case tooLarge
    /// LF without CR.
    case badLineEnd
  }

  /// Looks through the readable octets of a buffer that begins with the section.
  mutating func find(in buffer: ByteBuffer, limit: Int) -> Outcome {
    buffer.withUnsafeReadableBytes { octets in
      guard let base = octets.baseAddress else { return .needsMore }
      let end = min(octets.count, limit)
      while scanned < end, let hit = memchr(base + scanned, Int32(Octets.lineFeed), end - scanned) {
        let index = UnsafeRawPointer(hit) - base
        guard index > lineStart, octets[index - 1] == Octets.carriageReturn else { return .badLineEnd }
        scanned = index + 1
        if index - lineStart == 1 { return .found(scanned) }
        lineStart = scanned
      }
      scanned = max(scanned, end)
      return octets.count >= limit ? .tooLarge : .needsMore
    }
  }
}
