package import PhoenixChannels

/// One joined channel as a line that exchanges come by, whichever protocol it speaks.
package protocol ExchangeLine: Sendable {
  /// The exchanges that run now.
  var inFlight: Int { get }

  /// Takes a message of the channel. It returns soon; exchanges go on in tasks of their own.
  /// - Throws: if the peer broke the framing, so that the line must end: the socket is closed with 1002.
  func receive(_ message: PhoenixMessage) async throws

  /// Takes no new exchange from now on, and tells the gateway so where the protocol can.
  func beginDraining() async

  /// Takes no new exchange from now on, and returns when none runs.
  func drain() async

  /// The line is lost: every exchange is cancelled, and awaited.
  func abandon() async
}
