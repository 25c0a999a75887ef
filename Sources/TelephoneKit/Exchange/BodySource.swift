public import HTTPTypes
public import NIOCore

/// Where a ``Body`` comes from: a socket, a tunnel stream, another body that is wrapped.
public protocol BodySource: Sendable {
  /// The next part. It is called by one reader at a time, and not again after `.end` or an error.
  func read() async throws -> BodyPart

  /// Called at most once, if the body is given up before its end.
  func close() async
}

extension BodySource {
  public func close() async {}
}

/// One step of reading a ``BodySource``.
public enum BodyPart: Sendable {
  case bytes(ByteBuffer)
  /// Nothing follows but these trailer fields (RFC 9110, 6.5), if any.
  case end(trailers: HTTPFields?)
}

/// A body that cannot be read as was tried.
public enum BodyError: Error, Equatable {
  /// It was given up before its end was read.
  case closed
  /// A second reader came while the first was still waiting.
  case readTwiceAtOnce
  /// More octets than the caller of ``Body/collect(upTo:)`` takes.
  case tooLarge(limit: Int)
}
