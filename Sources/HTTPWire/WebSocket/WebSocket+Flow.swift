import NIOCore

extension WebSocket {
  /// What has moved on a socket, both ways, in octets since its start.
  package struct Flow: Sendable, Equatable {
    /// Given to be sent, the frames' heads among them.
    package var given: Int
    /// Of these, what the system took. Over TLS it is told a little too small while octets wait.
    package var sent: Int
    /// Came from the peer.
    package var received: Int
    /// Of these, what belongs to a message that is not whole yet.
    package var unfinished: Int

    package init(given: Int = 0, sent: Int = 0, received: Int = 0, unfinished: Int = 0) {
      self.given = given
      self.sent = sent
      self.received = received
      self.unfinished = unfinished
    }
  }

  /// What has moved so far. On the ``executor`` it is known without a wait.
  package var flow: Flow {
    get async {
      let (loop, handler) = (channel.eventLoop, handler)
      if loop.inEventLoop { return handler.value.flow }
      return await withCheckedContinuation { continuation in
        loop.execute { continuation.resume(returning: handler.value.flow) }
      }
    }
  }
}
