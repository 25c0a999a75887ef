import TelephoneKit

/// Looks at steps that are all well-formed for what is legal and surely not meant.
struct StepCritic {
  let steps: [CheckedStep]
  /// What the sentences must not show.
  let redaction: Redaction

  func look(into diagnostics: inout DiagnosticList) {
    lookForDeadSteps(into: &diagnostics)
    for (index, step) in steps.enumerated() {
      if step.type.track == .request, let place = step.conditionPlace, step.condition?.looksAtPath == true,
        let giver = giver(of: .canonicalPath, before: index, from: index)
      {
        diagnostics.warning(
          .beforeCanonicalPath, at: place,
          "this condition compares the path as the client wrote it; "
            + (giver.id == step.id
              ? "'\(giver.id)' makes it canonical only where that matches"
              : "'\(giver.id)' in \(line(of: giver, from: place)) makes it canonical only after that"))
      }
      for fact in step.type.needs(with: step.options) { lookForOrder(of: step, index, fact, into: &diagnostics) }
    }
  }

  /// Steps whose condition contradicts itself, or, on the backend track, that of all before it.
  private func lookForDeadSteps(into diagnostics: inout DiagnosticList) {
    if let end = steps.firstIndex(where: { $0.type.alwaysAnswers && $0.condition == nil }) {
      for step in steps.dropFirst(end + 1) where step.type.track == .request || step.type.track == .backend {
        diagnostics.warning(
          .neverRuns, at: step.place, "'\(step.id)' can never run: '\(steps[end].id)' before it answers every request")
      }
    }
    var taken: [(id: String, condition: Matcher)] = []
    for step in steps {
      guard let condition = step.condition, let place = step.conditionPlace else { continue }
      if let reason = Contradiction.reason(condition) {
        diagnostics.warning(.neverRuns, at: place, "'\(step.id)' can never run: \(redaction.shown(reason))")
      } else if step.type.track == .backend {
        let rest = taken.map { Matcher.not($0.condition) } + [condition]
        if rest.count > 1, Contradiction.reason(.all(rest)) != nil {
          let ids = taken.map { "'\($0.id)'" }.joined(separator: " and ")
          diagnostics.warning(
            .neverRuns, at: place, "'\(step.id)' can never run: all that it matches is answered by \(ids) before it")
        }
        taken.append((step.id, condition))
      }
    }
  }

  private func lookForOrder(
    of step: CheckedStep, _ index: Int, _ fact: StageFact, into diagnostics: inout DiagnosticList
  ) {
    let place = step.place
    let later = giver(of: fact, before: index, from: index + 1).map { "'\($0.id)' in \(line(of: $0, from: place))" }
    switch fact {
    case .canonicalPath:
      guard let later else { return }
      diagnostics.warning(
        .beforeCanonicalPath, at: place,
        "'\(step.id)' sees the path as the client wrote it; put it behind \(later)")
    case .claims:
      if let later {
        diagnostics.warning(
          .beforeClaims, at: place,
          "'\(step.id)' needs the claims of a token; put it behind \(later), which verifies it")
      } else if !steps.prefix(index).contains(where: { $0.type.gives.contains(fact) }) {
        diagnostics.warning(
          .beforeClaims, at: place, "'\(step.id)' needs the claims of a token, and no stage before it verifies one")
      }
    }
  }

  /// The first step from `start` on that gives a fact, unless one before `index` gives it already.
  private func giver(of fact: StageFact, before index: Int, from start: Int) -> CheckedStep? {
    guard !steps.prefix(index).contains(where: { $0.type.gives.contains(fact) }) else { return nil }
    return steps.dropFirst(start).first { $0.type.gives.contains(fact) }
  }

  private func line(of step: CheckedStep, from place: Place) -> String {
    step.place.file == place.file ? "line \(step.place.line)" : "\(step.place)"
  }
}

extension Matcher {
  /// Whether the path has a part in it.
  var looksAtPath: Bool {
    switch self {
    case .path: true
    case .all(let matchers), .any(let matchers): matchers.contains(where: \.looksAtPath)
    case .not(let matcher): matcher.looksAtPath
    case .method, .header, .host, .clientAddress, .status: false
    }
  }
}
