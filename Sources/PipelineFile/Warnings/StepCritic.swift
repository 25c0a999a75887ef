import TelephoneKit

/// Looks at steps that are all well-formed for what is legal and surely not meant.
struct StepCritic {
  let steps: [CheckedStep]
  /// What the sentences must not show.
  let redaction: Redaction

  func look(into diagnostics: inout DiagnosticList) {
    lookForDeadSteps(into: &diagnostics)
    for (index, step) in steps.enumerated() {
      lookAtPaths(of: step, index, into: &diagnostics)
      for fact in StageFact.allCases where step.type.needs(with: step.options).contains(fact) {
        lookForOrder(of: step, index, fact, into: &diagnostics)
      }
    }
  }

  /// Paths in a condition that are compared before they are canonical, or that are written as no canonical path is.
  private func lookAtPaths(of step: CheckedStep, _ index: Int, into diagnostics: inout DiagnosticList) {
    guard let condition = step.condition, let place = step.conditionPlace, !condition.paths.isEmpty,
      let giver = steps.prefix(index).last(where: { $0.type.gives.contains(.canonicalPath) })
        ?? steps.dropFirst(index).first(where: { $0.type.gives.contains(.canonicalPath) })
    else { return }
    if isGiven(.canonicalPath, before: index) {
      for path in condition.paths where PathSpelling.canonical(path) != path {
        diagnostics.warning(
          .pathSpelling, at: place,
          redaction.shown(
            "'\(path)' is no path as '\(giver.id)' leaves it; write '\(PathSpelling.canonical(path))'"))
      }
    } else if step.type.track == .request {
      let position = giver.place.shown(from: place)
      let isBefore = steps.prefix(index).contains { $0.id == giver.id }
      diagnostics.warning(
        .beforeCanonicalPath, at: place,
        "this condition compares the path as the client wrote it; "
          + (giver.id == step.id
            ? "'\(giver.id)' makes it canonical only where that matches"
            : isBefore
              ? "'\(giver.id)' in \(position) makes it canonical only where its own 'when' matches"
              : "'\(giver.id)' in \(position) makes it canonical only after that"))
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
    let words = { (giver: CheckedStep) in "'\(giver.id)' in \(giver.place.shown(from: step.place))" }
    let later = steps.dropFirst(index + 1).first { $0.type.gives.contains(fact) }.map(words)
    switch fact {
    case .canonicalPath:
      if let earlier = steps.prefix(index).last(where: { $0.type.gives.contains(fact) }).map(words) {
        diagnostics.warning(
          .beforeCanonicalPath, at: step.place,
          "'\(step.id)' sees the path as the client wrote it where the 'when' of \(earlier) does not match")
        return
      }
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

  /// Whether steps before one give a fact. A canonical path must be given wherever the step takes part.
  private func isGiven(_ fact: StageFact, before index: Int) -> Bool {
    let givers = steps.prefix(index).filter { $0.type.gives.contains(fact) }
    guard fact == .canonicalPath, !givers.contains(where: { $0.condition == nil }) else { return !givers.isEmpty }
    let rest = givers.compactMap(\.condition).map(Matcher.not) + [steps[index].condition].compactMap { $0 }
    return !givers.isEmpty && Contradiction.reason(.all(rest)) != nil
  }
}

extension Matcher {
  /// The patterns of paths in it.
  var paths: [String] {
    switch self {
    case .path(let globs): globs.map(\.text)
    case .all(let matchers), .any(let matchers): matchers.flatMap(\.paths)
    case .not(let matcher): matcher.paths
    case .method, .header, .host, .clientAddress, .status: []
    }
  }
}
