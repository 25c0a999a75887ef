import HTTPTypes
import NIOCore
import Synchronization

/// Joins the client's end of a WebSocket with the backend's: what one sends, the other is given, closes too.
///
/// It ends in order when each has passed a close (RFC 6455, 7.1.2). Who is given a close has ``closeLimit`` for its own.
/// When one end is gone without a close, or late with it, both are aborted.
package struct WebSocketSplice {
  package static let closeLimit = Duration.seconds(10)

  package enum Side: Sendable {
    case client
    case backend

    var other: Side { self == .client ? .backend : .client }
  }

  package enum Ending: Sendable {
    case closed
    /// One end is gone without a close.
    case gone(Side, any Error)
    /// One end gave no close in time for the one that it was given.
    case late(Side)
    /// The task was cancelled.
    case cancelled
  }

  /// How one of the tasks ended.
  private enum Stop: Sendable {
    case passedClose(from: Side)
    case broke(Side, any Error)
    case timePassed(for: Side)
    case timerStopped
  }

  let client: any WebSocketPeer
  let backend: any WebSocketPeer
  let clock: any Clock<Duration>
  let progress = Progress()

  /// - Parameter clock: what ``closeLimit`` is measured by.
  package init(client: any WebSocketPeer, backend: any WebSocketPeer, clock: any Clock<Duration>) {
    self.client = client
    self.backend = backend
    self.clock = clock
  }

  /// Runs in the caller's task until both ends are done. Cancelling it aborts both.
  package func run() async -> Ending {
    await withTaskGroup(of: Stop.self) { group in
      group.addTask { await pass(from: .client) }
      group.addTask { await pass(from: .backend) }
      var ending: Ending?
      var hasClosed = false
      while let stop = await group.next() {
        guard ending == nil else { continue }
        switch stop {
        case .passedClose where hasClosed: ending = .closed
        case .passedClose(let side):
          hasClosed = true
          group.addTask { await awaitClose(from: side.other) }
        case .broke(let side, let error): ending = Task.isCancelled ? .cancelled : .gone(side, error)
        case .timePassed(let side): ending = .late(side)
        case .timerStopped: ending = .cancelled
        }
        guard let ending else { continue }
        await abort(ending)
        group.cancelAll()
      }
      return ending ?? .cancelled
    }
  }

  /// Passes on what one end sends until it sends a close.
  private func pass(from side: Side) async -> Stop {
    let (source, target) = side == .client ? (client, backend) : (backend, client)
    while true {
      let frame: WebSocketFrame
      do {
        frame = try await source.receive()
      } catch {
        return .broke(side, error)
      }
      let isClose = progress.note(frame, from: side)
      do {
        try await target.send(frame)
      } catch {
        // An end that has sent its close need not take anything any more.
        guard progress.hasClosed(side.other) else { return .broke(side.other, error) }
      }
      if isClose { return .passedClose(from: side) }
    }
  }

  private func awaitClose(from side: Side) async -> Stop {
    do {
      try await clock.sleep(for: Self.closeLimit)
      return .timePassed(for: side)
    } catch {
      return .timerStopped
    }
  }

  private func abort(_ ending: Ending) async {
    let error: any Error
    switch ending {
    case .closed: return
    case .gone(.client, _): error = ClientGone()
    case .cancelled: error = CancellationError()
    case .gone(.backend, _), .late: error = ending.failure ?? Failure.unexpected(CancellationError())
    }
    await backend.abort(error)
    await client.abort(error)
  }
}

extension WebSocketSplice {
  /// What has passed so far.
  final class Progress: Sendable {
    struct Counts: Sendable {
      var fromClient = 0
      var fromBackend = 0
      /// Of messages.
      var octetsFromClient = 0
      var octetsFromBackend = 0
      var clientHasClosed = false
      var backendHasClosed = false
    }

    private let state = Mutex(Counts())

    var counts: Counts { state.withLock { $0 } }

    /// - Returns: whether the frame is a close.
    func note(_ frame: WebSocketFrame, from side: Side) -> Bool {
      let isClose = if case .close = frame { true } else { false }
      let octets = if case .data(_, let octets, _) = frame { octets.readableBytes } else { 0 }
      state.withLock { state in
        switch (side, isClose) {
        case (.client, true): state.clientHasClosed = true
        case (.client, false):
          state.fromClient += 1
          state.octetsFromClient += octets
        case (.backend, true): state.backendHasClosed = true
        case (.backend, false):
          state.fromBackend += 1
          state.octetsFromBackend += octets
        }
      }
      return isClose
    }

    func hasClosed(_ side: Side) -> Bool {
      state.withLock { side == .client ? $0.clientHasClosed : $0.backendHasClosed }
    }
  }
}

extension WebSocketSplice.Ending {
  /// What the client's end is told, and the exchange fails with, where the client is not the one at fault.
  var failure: Failure? {
    switch self {
    case .gone(.backend, let error):
      Failure(
        status: .badGateway, code: "websocket-broken", "The backend's WebSocket ended without a close.", cause: error)
    case .late:
      Failure(
        status: .gatewayTimeout, code: "websocket-close-timeout", "A close of the WebSocket was not answered in time.")
    case .closed, .gone(.client, _), .cancelled: nil
    }
  }
}
