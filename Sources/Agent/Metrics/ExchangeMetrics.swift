import Synchronization
package import TelephoneKit

/// Counts the exchanges of an agent. All of it is under one lock, so that the numbers of one reading belong together:
/// those that began are those that ended and those in flight.
package final class ExchangeMetrics: ExchangeObserver {
  /// What ended exchanges are counted by. Each has few values, whatever clients do.
  struct Labels: Sendable, Hashable {
    var outcome: Outcome.Kind
    /// `1xx` to `5xx`; `none` if no status was decided.
    var statusClass: String
    /// The id of a step of a pipeline; `none` if nobody decided, `other` for an id that is no step's or came too late.
    var decidedBy: String
  }

  /// A reading.
  struct Values: Sendable {
    var began = 0
    var inFlight = 0
    /// Those of which there was one at least.
    var ended: [(labels: Labels, count: Int)] = []
    /// Of the exchanges that opened no WebSocket.
    var duration = Histogram()
    var socketDuration = Histogram()
    var backendDuration = Histogram()
    var requestOctets = 0
    var responseOctets = 0
  }

  private struct State {
    var began = 0
    var over = 0
    var deciders = ExchangeMetrics.reserved
    // A step may be called so. Two series of one name would make a page that Prometheus refuses.
    var places = Dictionary(uniqueKeysWithValues: zip(ExchangeMetrics.reserved, 0...))
    var counts = [Int](repeating: 0, count: ExchangeMetrics.reserved.count * ExchangeMetrics.stride)
    var duration = Histogram()
    var socketDuration = Histogram()
    var backendDuration = Histogram()
    var requestOctets = 0
    var responseOctets = 0
  }

  private static let kinds: [Outcome.Kind] = [.delivered, .refused, .abandoned, .failed]
  private static let statusClasses = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"]
  /// How many counts there are for each step.
  private static let stride = kinds.count * statusClasses.count

  /// No step, or one that is not told apart.
  private static let reserved = ["none", "other"]

  private let state = Mutex(State())

  /// The most ids of steps that are told apart, of all pipelines since the start. Those that come later count as `other`.
  static let mostSteps = 512

  /// - Parameter steps: the ids of the pipeline's steps.
  package init(steps: [String]) { know(steps) }

  /// Tells further ids apart: those of a pipeline that takes the place of another.
  func know(_ steps: [String]) {
    state.withLock { state in
      for step in steps where state.places[step] == nil && state.deciders.count < Self.mostSteps + Self.reserved.count {
        state.places[step] = state.deciders.count
        state.deciders.append(step)
        state.counts += [Int](repeating: 0, count: Self.stride)
      }
    }
  }

  package func began() { state.withLock { $0.began += 1 } }

  package func ended(_ record: ExchangeRecord) {
    let statusClass = record.status.map { (100..<600).contains($0) ? $0 / 100 : 0 } ?? 0
    let kind =
      switch record.outcome {
      case .delivered: 0
      case .refused: 1
      case .abandoned: 2
      case .failed: 3
      }
    let place = kind * Self.statusClasses.count + statusClass
    state.withLock { state in
      let decider = record.decidedBy.map { state.places[$0] ?? 1 } ?? 0
      state.over += 1
      state.counts[decider * Self.stride + place] += 1
      if record.isWebSocket { state.socketDuration.note(record.duration) } else { state.duration.note(record.duration) }
      if let duration = record.backendDuration { state.backendDuration.note(duration) }
      state.requestOctets += record.requestOctets
      state.responseOctets += record.responseOctets
    }
  }

  var values: Values {
    let state = state.withLock { $0 }
    var values = Values(
      began: state.began, inFlight: state.began - state.over, duration: state.duration,
      socketDuration: state.socketDuration, backendDuration: state.backendDuration,
      requestOctets: state.requestOctets, responseOctets: state.responseOctets)
    for (place, count) in state.counts.enumerated() where count > 0 {
      let (decider, rest) = place.quotientAndRemainder(dividingBy: Self.stride)
      let (kind, statusClass) = rest.quotientAndRemainder(dividingBy: Self.statusClasses.count)
      values.ended.append(
        (
          Labels(
            outcome: Self.kinds[kind], statusClass: Self.statusClasses[statusClass], decidedBy: state.deciders[decider]),
          count
        ))
    }
    return values
  }
}
