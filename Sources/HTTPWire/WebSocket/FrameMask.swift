import NIOCore

/// The masking key of one frame (RFC 6455, section 5.3).
struct FrameMask: Sendable, Equatable {
  /// The key as a number whose lowest octet is the first of the key.
  private let key: UInt32

  /// - Parameter memory: the four octets of the key as they lie in memory, and on the wire.
  init(memory: UInt32) {
    key = UInt32(littleEndian: memory)
  }

  /// The four octets of the key as they lie in memory.
  var memory: UInt32 { key.littleEndian }

  /// Masks or unmasks `octets` behind the others of a buffer.
  /// - Parameter phase: how many octets of the frame's payload came before these.
  func write(_ octets: ByteBuffer, phase: Int, to buffer: inout ByteBuffer) {
    let count = octets.readableBytes
    guard count > 0 else { return }
    octets.withUnsafeReadableBytes { source in
      _ = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
        apply(source, to: target, phase: phase)
        return count
      }
    }
  }

  /// Masks or unmasks `source` into `target`, 64 octets at a time.
  /// - Parameters:
  ///   - target: at least as long as `source`; may be the same memory.
  ///   - phase: how many octets of the frame's payload came before these.
  func apply(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, phase: Int) {
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    let count = min(source.count, target.count)
    let shift = UInt32(truncatingIfNeeded: phase & 3) * 8
    let turned = shift == 0 ? key : key >> shift | key << (32 - shift)
    let number = UInt64(turned) << 32 | UInt64(turned)
    let word = number.littleEndian
    var index = 0
    let words = SIMD8(repeating: word)
    while index < count & ~63 {
      let octets = from.loadUnaligned(fromByteOffset: index, as: SIMD8<UInt64>.self)
      to.storeBytes(of: octets ^ words, toByteOffset: index, as: SIMD8<UInt64>.self)
      index &+= 64
    }
    while index < count & ~7 {
      let octets = from.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      to.storeBytes(of: octets ^ word, toByteOffset: index, as: UInt64.self)
      index &+= 8
    }
    while index < count {
      let octet = UInt8(truncatingIfNeeded: number >> (UInt64(truncatingIfNeeded: index & 7) * 8))
      to.storeBytes(
        of: from.loadUnaligned(fromByteOffset: index, as: UInt8.self) ^ octet, toByteOffset: index, as: UInt8.self)
      index &+= 1
    }
  }
}
