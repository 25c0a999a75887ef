/// The times that the agent and the gateway are given: short, so that 200 losses fit in some minutes.
enum Pace {
  static let heartbeatInterval: Duration = .seconds(1)
  /// Longer than a debug build on a busy machine needs for a large answer of protocol 1, which is one message.
  static let heartbeatTimeout: Duration = .milliseconds(1900)
  static let initialBackoff: Duration = .milliseconds(50)
  static let maxBackoff: Duration = .milliseconds(500)
  /// A gateway hears nothing for so long from a line that is gone, and ends it.
  static let gatewayIdle: Duration = .seconds(3)
  /// A telephone has so long for the head of an answer.
  static let answerTimeout: Duration = .seconds(8)
  /// An exchange that takes longer is a fault of its own: it hangs.
  static let exchangeLimit: Duration = .seconds(25)

  /// The most that a line may take to be up again: it is found dead, one dial runs into silence, and a wait or two.
  static var upAgainLimit: Duration { (heartbeatInterval + heartbeatTimeout) * 2 + maxBackoff * 2 + .seconds(2) }
}
