import NIOCore

extension ServerConnection {
  /// A part, or the end of the connection.
  struct Next: Sendable {
    var value: RequestPart?
  }

  /// The next part; nil when nothing came for the idle time.
  func nextPart() async throws -> Next? {
    if let part = inbox.takeIfPresent() { return Next(value: part) }
    idleTimer.start()
    defer { idleTimer.clear() }
    do {
      return Next(value: try await inbox.next())
    } catch is DeadlineExceeded {
      return nil
    }
  }

  /// Writes octets; waits while the socket takes no more.
  func write(_ piece: ResponsePiece) async throws {
    try await wait(for: try await onLoop { connection in try connection.output.value.add(piece) })
  }

  /// Waits until all is written.
  func flush() async throws {
    guard channel.isActive else { return }
    try await wait(for: await onLoop { connection in connection.output.value.flush() })
  }

  private func wait(for write: EventLoopFuture<Void>?) async throws {
    guard let write else { return }
    writeTimer.start()
    do {
      try await write.get()
      writeTimer.clear()
    } catch {
      throw ResponseError(writeTimer.hasExpired ? .timedOut : .connectionLost)
    }
  }

  /// Does something on the event loop: at once when this is its thread.
  func onLoop<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable (ServerConnection) throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    if channel.eventLoop.inEventLoop { return try body(self) }
    let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, Failure>, Never>) in
      channel.eventLoop.execute {
        continuation.resume(returning: Result { () throws(Failure) in try body(self) })
      }
    }
    return try result.get()
  }

  /// Ends the connection at once, with a reset if its plain end could be taken for the end of an answer.
  func cut(withReset: Bool) {
    let channel = channel
    channel.eventLoop.runHere {
      if self.channel.isActive { _ = self.output.value.flush() }
      if withReset { channel.closeWithReset() } else { channel.close(promise: nil) }
    }
  }
}
