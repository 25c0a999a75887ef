/// What must hold, whatever was broken.
extension Ledger {
  var checks: [Check] {
    [
      clientsEnded, agentsEnded, gatewaysEnded, backendsEnded, nothingTwice, answersRight, failuresExplained,
      wholeAnswersCameFromBackends, sidesAgree, linesAgree, lossesAsPlanned,
    ]
  }

  private var clientsEnded: Check {
    let hung = ends[.hung] ?? 0
    return Check(
      "clients: each exchange ended once", open.isEmpty && endedTwice.isEmpty && hung == 0,
      "\(began) began, \(open.count) open, \(endedTwice.count) ended twice, \(hung) hung"
        + Self.examples(open.keys.sorted()))
  }

  private var agentsEnded: Check {
    let wrong = agentLives.filter { $0.counts.exchanges != $0.counts.ended || $0.counts.inFlight != 0 }
    let total = agentLives.reduce(0) { $0 + $1.counts.exchanges }
    return Check(
      "agent: each exchange ended once", wrong.isEmpty && !agentLives.isEmpty,
      wrong.first.map {
        "\($0.counts.exchanges) began, \($0.counts.ended) ended, \($0.counts.inFlight) in flight"
      } ?? "\(total) began and ended, in \(agentLives.count) lives")
  }

  private var gatewaysEnded: Check {
    let known = gatewayLives.compactMap(\.counts)
    let wrong = known.filter { $0.began != $0.ended }
    return Check(
      "gateway: each call ended once", wrong.isEmpty && !known.isEmpty,
      wrong.first.map { "\($0.began) began, \($0.ended) ended" }
        ?? "\(known.reduce(0) { $0 + $1.began }) began and ended, in \(known.count) lives; "
        + "\(gatewayLives.count - known.count) were killed and could not tell")
  }

  private var backendsEnded: Check {
    let open = backendOpen.values.joined().sorted()
    return Check(
      "backend: each request ended once", open.isEmpty && backendEndedUnbegun.isEmpty,
      "\(backendWhole) whole, \(backendCut) cut, \(backendLost) killed, \(open.count) open, "
        + "\(backendEndedUnbegun.count) ended without beginning" + Self.examples(open))
  }

  private var nothingTwice: Check {
    let twice = seen.filter { $0.value > 1 && kind(of: $0.key)?.mayRepeat != true }.keys.sorted()
    let unsafe = seen.keys.count { kind(of: $0)?.mayRepeat == false }
    return Check(
      "no backend saw a body or an unsafe method twice", twice.isEmpty,
      "\(unsafe) ids, \(twice.count) twice" + Self.examples(twice))
  }

  private var answersRight: Check {
    let wrong = failures.filter { if case .wrong = $0.end { true } else { false } }
    return Check(
      "every complete answer and body is right, octet for octet", wrong.isEmpty && complaints.isEmpty,
      "\(whole.count) answers, \(wrong.count + complaints.count) wrong"
        + Self.examples(wrong.map { "\($0.call.kind) \($0.call.id) \($0.end)" } + complaints))
  }

  /// Outside of what was broken on purpose, nothing fails.
  private var failuresExplained: Check {
    let stray = failures.filter { failure in
      !windows.contains { $0.from <= failure.ended && failure.call.began <= ($0.to ?? .seconds(1 << 30)) }
    }
    return Check(
      "nothing failed but what a fault was near", stray.isEmpty,
      "\(failures.count) failed, \(stray.count) of them for no reason"
        + Self.examples(stray.map { "\($0.call.kind) \($0.call.id) \($0.end) at \($0.ended)" }))
  }

  private var wholeAnswersCameFromBackends: Check {
    let unseen = whole.filter { seen[$0] == nil }.sorted()
    let unbegun = seen.keys.filter { kind(of: $0) == nil }.sorted()
    return Check(
      "every answer came from a backend, every request from a client", unseen.isEmpty && unbegun.isEmpty,
      "\(unseen.count) unseen, \(unbegun.count) unasked" + Self.examples(unseen + unbegun))
  }

  /// Clients and agent: what the agent delivered and no client has was lost on its way.
  private var sidesAgree: Check {
    let answered = whole.count
    let astray = began - answered
    let agent = agentLives.reduce(into: (began: 0, answered: 0)) { sum, life in
      sum.began += life.counts.exchanges
      sum.answered += life.counts.delivered + life.counts.refused
    }
    return Check(
      "clients and agent differ by what was lost only",
      agent.answered >= answered && agent.began <= began && agent.answered - answered <= astray,
      "\(answered) answers came, the agent gave \(agent.answered); \(astray) were lost, refused or left")
  }

  /// Gateway and agent, for each life of the gateway that could tell: they differ on lost lines only.
  private var linesAgree: Check {
    let wrong = gatewayLives.compactMap { life in life.counts.flatMap { Self.difference($0, life.agent) } }
    let known = gatewayLives.compactMap(\.counts)
    return Check(
      "gateway and agent differ on lost lines only", wrong.isEmpty,
      wrong.isEmpty
        ? "\(known.reduce(0) { $0 + $1.lost }) calls were lost with their lines, \(known.reduce(0) { $0 + $1.answered }) answered"
        : "\(wrong.count) lives do not agree" + Self.examples(wrong))
  }

  private var lossesAsPlanned: Check {
    Check(
      "lines were lost when they were to be, and never else", losses.observed == losses.planned && losses.planned > 0,
      "\(losses.observed) line losses, \(losses.planned) planned")
  }

  /// - Returns: what does not agree; `nil`: all is well.
  private static func difference(_ gateway: GatewayCounts, _ agent: AgentCounts) -> String? {
    // Calls of which the gateway cannot know what the agent saw of them.
    let unsure = gateway.lost + gateway.failed + gateway.cut + gateway.abandoned
    if agent.exchanges < gateway.answered || agent.exchanges > gateway.answered + unsure {
      return "the agent began \(agent.exchanges), the gateway had \(gateway.answered) answers and \(unsure) in doubt"
    }
    // An answer that says that something failed, 502 for example, is counted as failed by the agent. And the last octet of
    // an answer may have reached the gateway when the line was lost, so that the agent did not know.
    let given = agent.delivered + agent.refused
    if given > gateway.answered + unsure || given + agent.failed + agent.abandoned < gateway.answered {
      return "the agent answered \(given), \(agent.failed) failed, \(agent.abandoned) were abandoned; "
        + "the gateway had \(gateway.answered) answers and \(unsure) in doubt"
    }
    return nil
  }

  private static func examples<Value>(_ values: [Value]) -> String {
    values.isEmpty ? "" : ": " + values.prefix(5).map { "\($0)" }.joined(separator: ", ")
  }
}
