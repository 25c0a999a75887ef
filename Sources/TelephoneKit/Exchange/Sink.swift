public import HTTPTypes
public import NIOCore

/// Where an emit stage writes: a tunnel stream, a dry-run's console, a test's array.
///
/// A call returns when the sink can take more; that is the backpressure. The order is: any number of ``interim(_:_:)``,
/// one ``head(_:_:)``, any number of ``write(_:)``, one ``end(_:)``. ``abort(_:)`` may take the place of whatever is
/// left, and nothing follows it. In place of the head, ``upgrade(_:)`` may open a WebSocket, and then nothing follows
/// either: what is left goes through the peer.
public protocol Sink: Sendable {
  /// A 1xx head other than 101.
  func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws
  func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws
  func write(_ chunk: ByteBuffer) async throws
  /// The answer is whole.
  /// - Parameter trailers: trailer fields (RFC 9110, 6.5), if any.
  func end(_ trailers: HTTPFields?) async throws
  /// The answer cannot be ended: its receiver must see it as broken, never as complete.
  func abort(_ error: any Error) async
  /// Answers 101 and opens the client's end of a WebSocket (RFC 6455, 4.2.2).
  /// - Parameter fields: of the 101: `Sec-WebSocket-Protocol`, and what stages added. Those that belong to one
  ///   connection, such as `Sec-WebSocket-Accept`, are the sink's own.
  /// - Throws: a ``Failure`` if the client did not ask for a WebSocket or the sink carries none, ``ClientGone`` if nobody
  ///   is left. Nothing has left then, and another answer can. Default: a sink that carries none.
  func upgrade(_ fields: HTTPFields) async throws -> any WebSocketPeer
}

extension Sink {
  public func upgrade(_ fields: HTTPFields) async throws -> any WebSocketPeer {
    throw Failure(status: .notImplemented, code: "no-websocket", "WebSockets are not carried on this way.")
  }
}

/// A sink that was written to in the wrong order. An emit stage that sees this has a mistake.
public struct SinkOrderError: Error, Equatable {
  public var sentence: String
}

/// What a sink throws when nobody is left who could take the answer: the exchange is then abandoned, not failed.
public struct ClientGone: Error, Equatable {
  public init() {}
}
