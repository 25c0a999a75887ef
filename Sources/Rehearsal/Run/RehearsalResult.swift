package import TelephoneKit

/// What came of one request.
package struct RehearsalResult: Sendable {
  package var request: RequestDraft
  package var outcome: Outcome
  /// What each step did, in the order of time.
  package var trace: [TraceEntry]
  package var answer: EmittedAnswer
  /// What reached the stubs; empty with a live backend.
  package var backendCalls: [BackendCall]
  /// How long it took on the clock of the rehearsal.
  package var elapsed: Duration
  /// What is hidden wherever a part of this is shown.
  package var redaction: Redaction
}
