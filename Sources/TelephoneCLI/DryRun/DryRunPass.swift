import Foundation
import Logging
import PipelineFile
import Rehearsal
import TelephoneKit

/// The requests of a dry-run on their way through one pipeline file.
struct DryRunPass {
  /// A request and what came of it.
  struct Exchange {
    /// Counted from 1.
    var number: Int
    /// How far the clock had been moved when it was sent.
    var offset: Duration
    var result: RehearsalResult
  }

  let pipeline: CheckedPipeline
  let plan: RehearsalPlan
  /// How far the clock is moved between two requests.
  let advance: Duration
  private(set) var exchanges: [Exchange] = []

  init(_ pipeline: CheckedPipeline, _ plan: RehearsalPlan, advance: Duration) {
    self.pipeline = pipeline
    self.plan = plan
    self.advance = advance
  }

  /// Whether backends are called.
  var isLive: Bool { if case .live = plan.backend { true } else { false } }

  /// Sends the requests, one after the other.
  /// - Parameters:
  ///   - willSend: called before each of them.
  ///   - onEntry: called with each entry of the trace as it happens.
  mutating func run(
    _ drafts: [RequestDraft], willSend: (RequestDraft, Redaction) -> Void = { _, _ in },
    onEntry: (@Sendable (TraceEntry) -> Void)? = nil
  ) async throws {
    var logger = Logger(label: "dry-run", factory: StreamLogHandler.standardError(label:))
    logger.logLevel = .warning
    let rehearsal: Rehearsal
    do {
      rehearsal = try await Rehearsal(pipeline, plan, logger: logger)
    } catch let error as PipelineFileError {
      throw PipelineFiles.problem(error, pipeline.file)
    }
    for (index, draft) in drafts.enumerated() {
      if Task.isCancelled { break }
      if index > 0, advance > .zero { await rehearsal.advance(by: advance) }
      willSend(draft, rehearsal.pipeline.redaction)
      let offset = rehearsal.clock?.now.offset ?? .zero
      exchanges.append(
        Exchange(number: index + 1, offset: offset, result: await rehearsal.send(draft, onEntry: onEntry)))
    }
    await rehearsal.shutdown()
  }

  /// What a person should know of how the requests were read, each sentence once, with the numbers of its requests.
  var notes: [String] {
    var numbers: [String: [Int]] = [:]
    var order: [String] = []
    for exchange in exchanges {
      for note in exchange.result.request.notes {
        if numbers[note] == nil { order.append(note) }
        numbers[note, default: []].append(exchange.number)
      }
    }
    guard exchanges.count > 1 else { return order }
    return order.map { note in
      let found = numbers[note] ?? []
      let shown = found.prefix(8).map(String.init).joined(separator: ", ") + (found.count > 8 ? ", …" : "")
      return "request \(shown): \(note)"
    }
  }
}

extension RehearsalResult {
  /// How long the stages took on this machine, without the waiting that only a clock of a rehearsal knows.
  var realElapsed: Duration { trace.reduce(.zero) { $0 + $1.realElapsed } }

  /// `refused (jwt-missing), decided by verify-jwt on /api/users`
  var decision: String {
    let code = outcome.code.map { " (\($0))" } ?? ""
    return "\(outcome.kind.rawValue)\(code)\(outcome.decidedBy.map { ", decided by \($0) on \(target(at: $0))" } ?? "")"
  }

  /// The target as a step found it.
  private func target(at step: String) -> String {
    let before = trace.prefix { $0.step != step }
    let changed = before.last { $0.changes.contains { $0.subject == "target" } }
    return changed?.changes.last { $0.subject == "target" }?.after ?? redaction.shown(target: request.target)
  }

  /// Method and target with secrets hidden.
  var head: String { "\(request.method) \(redaction.shown(target: request.target))" }
}
