package import PipelineFile
import TelephoneKit

/// What stands in the place of all backends: for each request the answer of the first route that matches it.
package struct StubPlan: Sendable, Hashable {
  package struct Route: Sendable, Hashable {
    /// Of the request as it reaches the backend.
    package var condition: Matcher
    package var answer: StubAnswer

    package init(_ condition: Matcher, _ answer: StubAnswer) {
      self.condition = condition
      self.answer = answer
    }
  }

  package var routes: [Route]
  /// Where no route matches.
  package var fallback: StubAnswer

  package init(
    routes: [Route] = [], fallback: StubAnswer = StubAnswer(text: "This is the stub, in place of a backend.\n")
  ) {
    self.routes = routes
    self.fallback = fallback
  }

  func answer(to request: Request) -> StubAnswer {
    routes.first { $0.condition.matches(request) }?.answer ?? fallback
  }
}
