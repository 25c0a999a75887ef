import HTTPTypes

/// What one step did to an exchange.
public struct TraceEntry: Sendable, Hashable {
  /// What the step decided.
  public enum Verdict: Sendable, Hashable {
    case passed
    /// Its `when` did not match; the condition in words.
    case skipped(String)
    case answered(Int)
    case refused(status: Int, code: String, sentence: String)
    case failed(status: Int, code: String, sentence: String)
    case emitted(chunks: Int, octets: Int)
    /// A WebSocket was joined with the backend's; the frames that went each way, closes not counted.
    case spliced(fromClient: Int, fromBackend: Int)
  }

  /// One thing that is not as it was. Secrets are hidden.
  public struct Change: Sendable, Hashable {
    /// `method`, `target`, `authority`, `status`, `body`, or a field's name.
    public var subject: String
    public var before: String?
    public var after: String?
  }

  /// The id of the step.
  public var step: String
  public var stageName: String
  public var track: Track
  public var place: Place?
  /// Whether this is a response hook of the step.
  public var isHook = false
  public var verdict: Verdict
  public var changes: [Change]
  /// How long it took on the clock of the exchange.
  public var elapsed: Duration
  /// How long it took on this machine; not the same where the exchange has a clock of its own, as in a dry-run.
  public var realElapsed: Duration = .zero
  /// Why its `when` matched or not, as it was before its turn; `nil` if it has none.
  public var condition: ConditionExplanation?
}

extension TraceEntry.Verdict {
  init(_ error: any Error) {
    switch error {
    case let refusal as Refusal:
      self = .refused(status: refusal.status.code, code: refusal.code, sentence: refusal.sentence)
    case let known as any ExchangeError:
      self = .failed(status: known.status.code, code: known.code, sentence: known.sentence)
    case is CancellationError:
      self = .failed(status: 499, code: "cancelled", sentence: "The client went away.")
    default:
      let unexpected = Failure.unexpected(error)
      self = .failed(status: unexpected.status.code, code: unexpected.code, sentence: unexpected.sentence)
    }
  }
}
