import NIOCore

/// How large the buffers are that sockets are read into: small at first, larger for those that fill them.
enum ReceiveBuffers {
  static var allocator: AdaptiveRecvByteBufferAllocator {
    AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: 128 * 1024)
  }
}
