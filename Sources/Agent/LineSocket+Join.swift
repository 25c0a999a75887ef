import PhoenixChannels
import Tunnel

extension LineSocket {
  /// Joins the topic, and chooses the protocol by the gateway's answer: without a `telephone` key it is protocol 1. A grant
  /// that was not offered, or is out of range, is left.
  /// - Parameters:
  ///   - runner: whose line it is.
  ///   - onDraining: called when the gateway says that it is about to go.
  func join(_ runner: LineRunner, onDraining: @escaping @Sendable () -> Void) async throws(LineLost) -> Serving {
    let offer = LineOffer(pathID: pathID, terms: LineTerms(maxStreams: agent.settings.maxStreams))
    let channel: Channel
    do throws(ChannelError) {
      channel = try await socket.join(topic: topic, payload: ["telephone": offer.json(agent: Agent.name)])
    } catch {
      throw LineLost(LineLoss(joining: error, code: socket.closureCode))
    }
    let serial = agent.board.newSerial()
    do {
      guard let terms = try offer.terms(grantedBy: channel.joinResponse["telephone"]) else {
        return Serving(
          serial: serial, line: runner.line, exchanges: protocol1Line(channel), channel: channel, protocolVersion: 1)
      }
      let exchanges = Protocol2Line(
        channel: channel, own: offer.terms, gateway: terms, pipeline: agent.pipeline, counters: agent.counters,
        logger: agent.logger, joinRef: channel.joinRef, name: "\(runner.line + 1).\(serial)",
        clock: agent.clock, executor: socket.executor, tracer: agent.tracer, watch: agent.watch,
        onGatewayDrain: onDraining)
      return Serving(
        serial: serial, line: runner.line, exchanges: exchanges, channel: channel, protocolVersion: 2)
    } catch {
      try? await channel.leave()
      throw LineLost(
        LineLoss(.grantNotAccepted, "The gateway's answer to the join was not accepted: \(error.sentence)"))
    }
  }

  private func protocol1Line(_ channel: Channel) -> Protocol1Line {
    var settings = agent.settings.protocol1
    settings.bodyEncoding = channel.joinResponse["body_encoding"]?.stringValue == "base64" ? .base64 : .utf8
    return Protocol1Line(
      channel: channel, pipeline: agent.pipeline, settings: settings, counters: agent.counters, logger: agent.logger,
      tracer: agent.tracer, executor: socket.executor, watch: agent.watch)
  }
}

/// A line did not come to be.
struct LineLost: Error {
  var loss: LineLoss
  init(_ loss: LineLoss) { self.loss = loss }
}
