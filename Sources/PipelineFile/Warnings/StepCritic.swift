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
        !isGiven(.canonicalPath, before: index),
        let giver = steps.dropFirst(index).first(where: { $0.type.gives.contains(.canonicalPath) })
      {
        diagnostics.warning(
          .beforeCanonicalPath, at: place,
          "this condition compares the path as the client wrote it; "
            + (giver.id == step.id
              ? "'\(giver.id)' makes it canonical only where that matches"
              : "'\(giver.id)' in \(giver.place.shown(from: place)) makes it canonical only after that"))
      }
      for fact in StageFact.allCases where step.type.needs(with: step.options).contains(fact) {
        lookForOrder(of: step, index, fact, into: &diagnostics)
      }
    }
  }

  /// Steps whose condition contradicts itself, or, on the backend track, that of all before it; and those behind one that
  /// answers every request.
  private func lookForDeadSteps(into diagnostics: inout DiagnosticList) {
    let end = steps.firstIndex { $0.type.alwaysAnswers && $0.condition == nil } ?? steps.endIndex
    var taken: [(id: String, condition: Matcher)] = []
    for (index, step) in steps.enumerated() {
      if index > end, step.type.track <= .backend {
        diagnostics.warning(
          .neverRuns, at: step.place, "'\(step.id)' can never run: '\(steps[end].id)' before it answers every request")
        continue
      }
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
    guard !isGiven(fact, before: index) else { return }
    let later = steps.dropFirst(index + 1).first { $0.type.gives.contains(fact) }
      .map { "'\($0.id)' in \($0.place.shown(from: step.place))" }
    switch fact {
    case .canonicalPath:
      guard let later else { return }
      diagnostics.warning(
        .beforeCanonicalPath, at: step.place,
        "'\(step.id)' sees the path as the client wrote it; put it behind \(later)")
    case .claims:
      diagnostics.warning(
        .beforeClaims, at: step.place,
        later.map { "'\(step.id)' needs the claims of a token; put it behind \($0), which verifies it" }
          ?? "'\(step.id)' needs the claims of a token, and no stage before it verifies one")
    }
  }

  private func isGiven(_ fact: StageFact, before index: Int) -> Bool {
    steps.prefix(index).contains { $0.type.gives.contains(fact) }
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
