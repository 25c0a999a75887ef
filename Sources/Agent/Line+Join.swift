import PhoenixChannels
import TokenVault
import Tunnel

extension Line {
  /// Why a join did not lead to a line that serves.
  struct Refusal: Error {
    var sentence: String
  }

  /// Joins the topic, and chooses the protocol by the gateway's answer: without a `telephone` key it is protocol 1. A grant
  /// that was not offered, or is out of range, is left.
  func join() async -> Result<LineBoard.Serving, Refusal> {
    let offer = LineOffer(
      pathID: agent.settings.token.pathID, terms: LineTerms(maxStreams: agent.settings.maxStreams))
    let channel: Channel
    do throws(ChannelError) {
      channel = try await socket.join(topic: topic, payload: ["telephone": offer.json(agent: Agent.name)])
    } catch {
      return .failure(Refusal(sentence: "The join was not granted: \(error.sentence)"))
    }
    do {
      guard let terms = try offer.terms(grantedBy: channel.joinResponse["telephone"]) else {
        return .success(
          LineBoard.Serving(exchanges: protocol1Line(channel), channel: channel, socket: socket, protocolVersion: 1))
      }
      let exchanges = Protocol2Line(
        channel: channel, own: offer.terms, gateway: terms, pipeline: agent.pipeline, counters: agent.counters,
        logger: agent.logger, joinRef: channel.joinRef, name: "\(place.line + 1).\(place.serial).\(channel.joinRef)",
        clock: agent.clock, executor: socket.executor, tracer: agent.tracer, onGatewayDrain: onDraining)
      return .success(
        LineBoard.Serving(exchanges: exchanges, channel: channel, socket: socket, protocolVersion: 2))
    } catch {
      try? await channel.leave()
      return .failure(Refusal(sentence: "The gateway's answer to the join was not accepted: \(error.sentence)"))
    }
  }

  private func protocol1Line(_ channel: Channel) -> Protocol1Line {
    var settings = agent.settings.protocol1
    settings.bodyEncoding = channel.joinResponse["body_encoding"]?.stringValue == "base64" ? .base64 : .utf8
    return Protocol1Line(
      channel: channel, pipeline: agent.pipeline, settings: settings, counters: agent.counters, logger: agent.logger,
      tracer: agent.tracer, executor: socket.executor)
  }
}
