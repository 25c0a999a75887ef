import PhoenixChannels

/// Whether a line takes a call.
enum LineReadiness: Sendable, Equatable {
  case ready
  /// It carries as many calls as the telephone allows.
  case full
  /// It takes no new calls any more, or is lost.
  case draining
}

/// One joined line of a telephone, seen from the gateway. What it speaks was negotiated when the telephone joined.
protocol GatewayLine: AnyObject, Sendable {
  /// What the line's messages go out on.
  var channel: LineChannel { get }

  /// Asked for each call, under a lock: it must answer at once.
  var readiness: LineReadiness { get }

  /// Carries one call to its end, and writes its answer to the client.
  /// - Throws: ``NotTaken`` if no stage of the telephone has seen the request and it can be sent to another line; any
  ///   other `ExchangeError` is to be answered if the head was not written yet; else the answer is to be broken off.
  func carry(_ call: Call) async throws

  /// Takes an event of the joined channel.
  /// - Returns: whether it means anything on this line.
  /// - Throws: if the telephone broke the framing, so that the line must end.
  func receive(_ event: String, _ payload: PhoenixMessage.Payload) async throws -> Bool

  /// Takes no more calls, tells the telephone that this gateway is about to go, if the protocol can say so, and returns
  /// when the last call has ended and all of it has left, or the line is lost.
  func drain() async

  /// The line is gone, and with it every call that it carries. Harmless again.
  func lose()
}

/// A line did not take a call, and promises that no stage has seen it.
struct NotTaken: Error {
  /// The answer, if no other line takes it either.
  var answer: any Error
}
