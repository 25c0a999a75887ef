import Foundation

/// One house, its load, and the faults that it must survive.
struct ChaosRun {
  let shape: HouseShape
  let seed: UInt64
  let inFlight: Int
  let telephone: String
  let folder: String
  /// How long the load runs before the agent's memory is looked at.
  let warmUp: Duration
  let progress: Progress

  func run() async throws -> ShapeResult {
    let book = LedgerBook()
    let house = try await House.open(shape, telephone: telephone, folder: folder, book: book)
    let load = Load(port: house.gatewayPort, seed: seed, book: book)
    do {
      return try await withThrowingTaskGroup(of: ShapeResult?.self) { group in
        group.addTask {
          await load.run(inFlight)
          return nil
        }
        let result = try await survive(house, load, book)
        load.stop()
        return result
      }
    } catch {
      load.stop()
      await house.abandon()
      throw error
    }
  }

  private func survive(_ house: House, _ load: Load, _ book: LedgerBook) async throws -> ShapeResult {
    let plan = FaultPlan(seed: seed, losses: shape.losses, lines: shape.lines)
    let driver = FaultDriver(house)
    let log = FaultLog(folder: folder)
    var result = ShapeResult(shape: shape)
    var joins = try await house.agentCounts().connections
    let firstJoins = joins
    var before: Footprint?
    let openDescriptors = Footprint(of: house.agent.pid)?.descriptors ?? 0
    load.resume()
    for fault in plan.faults {
      if before == nil, fault.kind != .tokensRefused {
        before = try await footprintAfterWarmUp(house, load)
        before?.descriptors = openDescriptors
      }
      try await Task.sleep(for: fault.rest)
      log.note("\(fault.kind.rawValue), \(fault.hitsAll ? "all lines" : "one line"), \(fault.hold)")
      do {
        if let took = try await driver.run(fault, joins: joins) {
          result.upAgain[fault.kind, default: Distribution()].add(took)
          log.note("up again after \(took)")
        }
        log.note("settled")
      } catch let problem as ChaosProblem {
        log.note(problem.description)
        result.checks.append(Check("survived: \(fault.kind.rawValue)", false, problem.description))
        break
      }
      result.faults += 1
      let now = try await house.agentCounts().connections
      let (observed, planned) = (now - joins, fault.losses(of: shape.lines))
      if observed != planned {
        result.checks.append(
          Check("\(fault.kind.rawValue) takes \(planned) lines off", false, "\(observed) were lost"))
      }
      joins = now
      progress.losses(joins - firstJoins, of: plan.losses, shape, result.faults, exchanges: book.copy.began)
    }
    let isQuiet = await load.pause()
    result.checks.insert(Check("the load ends", isQuiet), at: 0)
    if let before { result.checks += try await footprints(house, before) }
    let last = try await house.agentCounts().connections
    book.note { ledger, _ in ledger.lost(last - firstJoins, of: plan.losses) }
    try await house.close()
    let ledger = book.copy
    result.checks += ledger.checks + [quickness(result)]
    result.exchanges = ledger.began
    result.losses = last - firstJoins
    return result
  }

  /// Lets the load run a while, and looks at the agent when it is idle again.
  private func footprintAfterWarmUp(_ house: House, _ load: Load) async throws -> Footprint {
    try await Task.sleep(for: warmUp)
    guard await load.pause() else { throw ChaosProblem("The load does not end.") }
    _ = try await house.untilIdle()
    // The agent gives back what it has freed when it has had nothing to do for a moment.
    try await Task.sleep(for: .seconds(1))
    defer { load.resume() }
    return Footprint(of: house.agent.pid) ?? Footprint()
  }

  /// Compares what the idle agent holds with what it held before. Connections to the backend are kept for a while, and so
  /// is memory that was freed, until the agent has had nothing to do for a while.
  private func footprints(_ house: House, _ before: Footprint) async throws -> [Check] {
    var now = Footprint()
    _ = await Poll.isSo(within: .seconds(25), every: .milliseconds(200)) {
      now = Footprint(of: house.agent.pid) ?? Footprint()
      return now.isBack(to: before)
    }
    try Task.checkCancellation()
    return [
      Check(
        "agent: file descriptors are back", now.holdsFew(before),
        "\(before.descriptors) at the start, \(now.descriptors) at the end, \(Footprint.descriptorTolerance) more may be"
      ),
      Check(
        "agent: memory is back", now.holdsLittle(before),
        "\(before.resident / 1024) MiB after the warm-up, \(now.resident / 1024) MiB at the end; a quarter more may be, "
          + "at least \(Footprint.memoryTolerance.least / 1024) MiB"),
    ]
  }

  private func quickness(_ result: ShapeResult) -> Check {
    let slow = result.upAgain.filter { $0.value.maximum > Pace.upAgainLimit }
    return Check(
      "lines are up again in time", slow.isEmpty,
      slow.isEmpty
        ? "within \(Text.milliseconds(Pace.upAgainLimit)) ms"
        : slow.map { "\($0.key.rawValue): \(Text.milliseconds($0.value.maximum)) ms" }.joined(separator: ", "))
  }
}
