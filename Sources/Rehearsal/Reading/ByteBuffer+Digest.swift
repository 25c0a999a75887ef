import Crypto
package import NIOCore

extension ByteBuffer {
  /// The SHA-256 of its octets, in hexadecimal.
  package var sha256: String {
    var hash = SHA256()
    withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
    return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
