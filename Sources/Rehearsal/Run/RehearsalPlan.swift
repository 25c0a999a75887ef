package import Foundation
import TelephoneKit

/// What a rehearsal is told to do in the places where a pipeline meets the world.
package struct RehearsalPlan: Sendable {
  package enum Backend: Sendable {
    /// No socket is opened, and time is that of a ``RehearsalClock``.
    case stub(StubPlan)
    /// The backends of the file are called, in real time.
    case live
  }

  package var backend: Backend
  /// By the id of a step.
  package var mocks: [String: StepMock]
  /// The date at the beginning; without effect on a live backend.
  package var start: Date
  /// Files that hold what is behind URLs, for key sets. Without effect on a live backend.
  package var filesOfURLs: [String: String]

  package init(
    backend: Backend = .stub(StubPlan()), mocks: [String: StepMock] = [:], start: Date,
    filesOfURLs: [String: String] = [:]
  ) {
    self.backend = backend
    self.mocks = mocks
    self.start = start
    self.filesOfURLs = filesOfURLs
  }
}
