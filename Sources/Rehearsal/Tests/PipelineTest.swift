package import Foundation
package import PipelineFile
package import TelephoneKit

/// One test of a pipeline, as a file says it.
package struct PipelineTest: Sendable {
  /// One thing that a test does: it moves the time, then sends a request, once or more often, and looks at what comes of it.
  package struct Step: Sendable {
    package var place: Place
    package var advance: Duration?
    /// What the stub says from here on.
    package var stub: StubPlan?
    package var request: RequestDraft?
    package var times = 1
    package var expectation: Expectation?
  }

  package var name: String
  package var place: Place
  /// The file with the test's variables. It hides what the test has from secret ones.
  package var pipeline: CheckedPipeline
  package var mocks: [String: StepMock] = [:]
  package var stub = StubPlan()
  package var start: Date
  package var filesOfURLs: [String: String] = [:]
  package var steps: [Step] = []

  /// The date at which tests begin that give none: 2026-01-01T00:00:00Z.
  package static let usualStart = Date(timeIntervalSince1970: 1_767_225_600)

  init(name: String, place: Place, pipeline: CheckedPipeline) {
    self.name = name
    self.place = place
    self.pipeline = pipeline
    self.start = Self.usualStart
  }

  var plan: RehearsalPlan {
    RehearsalPlan(backend: .stub(stub), mocks: mocks, start: start, filesOfURLs: filesOfURLs)
  }
}
