/// What the peer may still send on one stream, and when it is told to send more.
///
/// The window is all that is open, held unread, or consumed and not given back yet. It begins as `stream_credit`, and
/// credit goes back when half of it was consumed, or 128 KiB. It doubles once in a round trip, out of the line's budget, as
/// long as the reader keeps up: up to ``easyWindow``, so that neither side waits for the other at each message; and beyond it
/// while each growth has made the stream at least a quarter faster, and a round trip takes less than twice the shortest one
/// of late: what is open beyond that only stands in a queue, before all that comes behind it. A reader that falls behind, or
/// others that need a share, make it smaller again, by granting less.
package struct ReceiveCredit: Sendable {
  /// Up to so many octets a window grows without a proof that it helps.
  static let easyWindow = 512 * 1024
  /// A rate that is better by this much is worth a larger window: 5/4.
  private static let gain = (over: 5.0, under: 4.0)
  /// For how long a round trip counts as the shortest: a path may become another.
  private static let tripLife = Duration.seconds(10)
  /// Credit goes back at the latest after so many octets: the sender has time to use it before it has used up the rest, and
  /// sends evenly.
  private static let longestPause = 128 * 1024

  /// How fast a stream is between two grants, measured over one round trip.
  private struct Probe {
    /// Octets beyond this number were sent after the peer had heard of the grant.
    var mark: Int
    var receivedBefore: Int
    var began: Duration
    var ended: Duration?
    var receivedAtEnd = 0
  }

  private let base: Int
  private(set) var window: Int
  /// What the peer may still send.
  private(set) var open: Int
  /// Received and not consumed.
  private(set) var unread = 0
  private var received = 0
  private var probe: Probe?
  /// Octets in a second, in the best round trip.
  private var bestRate = 0.0
  /// The shortest round trip of late.
  private var shortestTrip: (length: Duration, at: Duration)?
  /// The reader had nothing left to read at some time since the last grant: it keeps up.
  private var wasDrained = false

  package init(_ credit: Int) {
    base = credit
    window = credit
    open = credit
  }

  /// What it has of the budget.
  var growth: Int { window - base }

  /// A DATA or MESSAGE came.
  /// - Returns: `false` if it is more than the credit: the stream must be reset (code 3).
  package mutating func receive(payload: Int, now: () -> Duration) -> Bool {
    let cost = Frame.headerSize + payload
    guard cost <= open else { return false }
    open -= cost
    unread += cost
    received += cost
    if let running = probe, running.ended == nil, received > running.mark {
      probe?.ended = now()
      probe?.receivedAtEnd = received
    }
    return true
  }

  /// The reader took what had come.
  /// - Parameter cost: of the frames that it took, headers counted.
  /// - Returns: the credit to give, 0 for none yet.
  package mutating func consume(cost: Int, budget: inout GrowthBudget, now: () -> Duration) -> UInt32 {
    unread -= cost
    if unread == 0 { wasDrained = true }
    guard window - open - unread >= min(window / 2, Self.longestPause) else { return 0 }
    adapt(&budget)
    let grant = window - open - unread
    guard grant > 0 else { return 0 }
    if probe == nil {
      probe = Probe(mark: received + open, receivedBefore: received, began: now())
    }
    open += grant
    return UInt32(clamping: grant)
  }

  /// Nothing more comes. What is unread keeps its part of the budget until it is read.
  mutating func end(budget: inout GrowthBudget) {
    open = 0
    let kept = min(growth, max(0, unread - base))
    let given = growth - kept
    window = base + kept
    budget.giveBack(given, left: kept)
  }

  /// The reader took something after the end.
  mutating func consumeAfterEnd(cost: Int, budget: inout GrowthBudget) {
    unread -= cost
    end(budget: &budget)
  }

  /// What is unread was thrown away. What is open stays open, and none is given back.
  mutating func discard() {
    unread = 0
  }

  /// Grows or shrinks the window. It never gets smaller than what is open and unread.
  private mutating func adapt(_ budget: inout GrowthBudget) {
    let keepsUp = wasDrained
    wasDrained = false
    let excess = keepsUp ? growth - budget.share : growth - growth / 2
    if growth > 0, excess > 0 {
      let cut = min(excess, window - open - unread)
      window -= cut
      budget.giveBack(cut, left: growth)
      probe = nil
      return
    }
    guard let probe, let ended = probe.ended else { return }
    self.probe = nil
    let trip = ended - probe.began
    let rate = Double(probe.receivedAtEnd - probe.receivedBefore) / max(trip / .seconds(1), 1e-6)
    if shortestTrip.map({ trip < $0.length || ended - $0.at >= Self.tripLife }) ?? true { shortestTrip = (trip, ended) }
    let isFaster = rate * Self.gain.under >= bestRate * Self.gain.over
    let isQueued = shortestTrip.map { trip >= $0.length * 2 } ?? false
    guard keepsUp, window < Self.easyWindow || isFaster && !isQueued else { return }
    bestRate = max(bestRate, rate)
    window += budget.take(window, held: growth)
  }
}
