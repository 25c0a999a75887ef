/// The bodies that an exchange has had, and its WebSocket to the backend, so that each is let go of in the end.
struct KeptBodies {
  // Most exchanges have two, and then there is nothing to allocate.
  private let first: Body
  private var second: Body?
  private var others: [Body] = []

  /// The backend's end of a WebSocket, as the answer had it last.
  private(set) var webSocket: (any WebSocketPeer)?

  init(_ body: Body) { first = body }

  mutating func keep(_ body: Body) {
    if body === first || body === second { return }
    guard second != nil else {
      second = body
      return
    }
    if !others.contains(where: { $0 === body }) { others.append(body) }
  }

  mutating func keep(_ response: Response) {
    keep(response.body)
    if let peer = response.webSocket { webSocket = peer }
  }

  /// The WebSocket is in other hands from now on.
  mutating func handOverWebSocket() { webSocket = nil }

  /// The WebSocket is not wanted: another answer stands in its place.
  mutating func dropWebSocket() async {
    await webSocket?.abort(CancellationError())
    webSocket = nil
  }

  /// Closes all that were not read to their end, the last first.
  func close() async {
    await webSocket?.abort(CancellationError())
    for body in others.reversed() { await body.close() }
    // Most were read to their end, and cost no call that could wait.
    if let second, !second.isEnded { await second.close() }
    if !first.isEnded { await first.close() }
  }
}
