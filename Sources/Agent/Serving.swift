import PhoenixChannels
import Tunnel

/// A joined channel, with the exchanges that come by it.
struct Serving: Sendable {
  /// Among all of the agent.
  var serial: Int
  /// The number of the line, from 0.
  var line: Int
  var exchanges: any ExchangeLine
  var channel: Channel
  var protocolVersion: Int
  let acknowledgements = Acknowledgements()
}
