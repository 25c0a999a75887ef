public import HTTPTypes
public import NIOCore
public import TelephoneKit

/// All that a test can ask about one exchange that has ended.
public struct ExchangeResult: Sendable {
  /// How the exchange ended.
  public let outcome: Outcome
  /// What each step did, in the order of time.
  public let trace: [TraceEntry]
  /// What reached the stub backend, with the body that it read; `nil` if it was not called.
  public let requestAtBackend: Request?
  /// The values that stages left in the exchange, as the backend or the emit stage of the test saw them last.
  public let values: ExchangeValues
  /// What reached the sink.
  public let recording: RecordingSink.Recording

  /// The status that left; `nil` if no head did.
  public var status: HTTPResponse.Status? { recording.status }
  /// The header fields that left.
  public var fields: HTTPFields { recording.fields }
  /// The octets that left.
  public var body: ByteBuffer { recording.body }
  /// The octets that left, as UTF-8 text.
  public var text: String { recording.text }
  public var trailers: HTTPFields? { recording.trailers }
  /// Whether the answer left whole.
  public var isWhole: Bool { recording.isEnded }

  /// The first trace entry of a step, its own and not its hook's.
  public func entry(of step: String) -> TraceEntry? {
    trace.first { $0.step == step && !$0.isHook }
  }
}
