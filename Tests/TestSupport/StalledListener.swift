#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A TCP port of 127.0.0.1 whose accept queue is full, so that further connections hang in their handshake.
package enum StalledListener {
  package static func with(_ body: (Int) async throws -> Void) async throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutableBytes(of: &address) { bytes in
      let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
      _ = bind(listener, pointer, size)
      return getsockname(listener, pointer, &size)
    }
    _ = listen(listener, 0)
    var fillers: [Int32] = []
    for _ in 0..<4 {
      let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
      _ = withUnsafeMutableBytes(of: &address) { bytes in
        connect(filler, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), size)
      }
      fillers.append(filler)
    }
    defer { for descriptor in fillers + [listener] { _ = close(descriptor) } }
    try await body(Int(UInt16(bigEndian: address.sin_port)))
  }
}
