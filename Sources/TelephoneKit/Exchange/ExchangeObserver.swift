import HTTPTypes
import Synchronization

/// Is told of exchanges: metrics, an access log. It is called in the exchange's task, and must not wait.
package protocol ExchangeObserver: Sendable {
  /// An exchange begins. Default: nothing.
  func began()

  /// An exchange has ended, and its `finally` stages too. Called once for each that began.
  func ended(_ record: ExchangeRecord)
}

extension ExchangeObserver {
  package func began() {}
}

/// Those who observe the exchanges of an agent, and where the ids of new traces come from.
package final class ExchangeWatch: Sendable {
  private let observers: [any ExchangeObserver]
  /// Keeps whole exchanges; `nil`: nobody does.
  package let recorder: (any ExchangeRecorder)?
  private let generator: Mutex<any RandomNumberGenerator & Sendable>

  /// - Parameter generator: draws trace ids. Default: one that is seeded by the system.
  package init(
    _ observers: [any ExchangeObserver], recorder: (any ExchangeRecorder)? = nil,
    generator: (any RandomNumberGenerator & Sendable)? = nil
  ) {
    self.observers = observers
    self.recorder = recorder
    self.generator = Mutex(generator ?? Xoshiro256())
  }

  /// The trace of a request, see ``TraceContext/init(of:using:)``.
  func trace(_ request: Request) -> TraceContext {
    generator.withLock { TraceContext(of: request.fields, using: &$0) }
  }

  /// An exchange begins. What is noted of it from now on.
  func observe(_ request: Request, at now: Duration) -> ExchangeObservation {
    for observer in observers { observer.began() }
    return ExchangeObservation(request, at: now)
  }

  func ended(_ record: ExchangeRecord, _ recording: ExchangeRecording?) {
    for observer in observers { observer.ended(record) }
    if let recording { recorder?.take(recording) }
  }
}

/// What the runner notes of one exchange while it lasts, for its ``ExchangeRecord``. Touched by the exchange's task only.
final class ExchangeObservation {
  // Of the request as it came. Not the request itself: its fields would be copied when a stage changes them.
  let method: String
  let target: String
  let body: Body
  let began: Duration
  var backendDuration: Duration?
  /// The octets of a WebSocket's messages; `nil` as long as none is open.
  var socketOctets: (fromClient: Int, fromBackend: Int)?

  init(_ request: Request, at now: Duration) {
    method = request.method.rawValue
    target = request.target
    body = request.body
    began = now
  }
}
