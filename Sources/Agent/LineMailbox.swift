import PhoenixChannels

/// What happened, and on which of a line's sockets and channels: news of one that is gone already are thrown away.
struct LineNews: Sendable {
  var event: LineMachine.Event
  /// The number of the dial; `nil`: it is about the line.
  var dial: Int?
  /// The number of the join; `nil`: it is about the socket.
  var join: Int?
  /// The number of the timer.
  var timer: Int?
  /// With `dialSucceeded`.
  var socket: PhoenixSocket?
  /// With `joined`.
  var serving: Serving?
}

/// The news of one line, in the order in which they came.
///
/// It needs no bound: a dial and a join end once, a channel tells of its end and of a drain once, a heartbeat is sent
/// when the one before was answered, and a stop is told twice at most.
final class LineMailbox: Sendable {
  private let stream: AsyncStream<LineNews>
  private let continuation: AsyncStream<LineNews>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream(of: LineNews.self) }

  func send(_ news: LineNews) { continuation.yield(news) }

  func send(_ event: LineMachine.Event) { continuation.yield(LineNews(event: event)) }

  /// News that come from now on are thrown away.
  func close() { continuation.finish() }

  /// The news one after the other; the last one is followed by `nil`, as is the cancellation of the task.
  var all: AsyncStream<LineNews> { stream }
}
