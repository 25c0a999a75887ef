#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The system's random numbers, drawn 32 at a time: a call into the system for each frame would cost more than to mask
/// a small one.
struct BatchedEntropy: RandomNumberGenerator, Sendable {
  /// What `getentropy` gives at once at most, in numbers of 64 bits.
  private static let batch = 32
  private var numbers: [UInt64] = []

  mutating func next() -> UInt64 {
    if let number = numbers.popLast() { return number }
    #if canImport(Glibc) || canImport(Musl)
      numbers = [UInt64](unsafeUninitializedCapacity: Self.batch) { buffer, count in
        let octets = UnsafeMutableRawBufferPointer(buffer)
        count = getentropy(octets.baseAddress, octets.count) == 0 ? Self.batch : 0
      }
    #endif
    if let number = numbers.popLast() { return number }
    var system = SystemRandomNumberGenerator()
    return system.next()
  }
}
