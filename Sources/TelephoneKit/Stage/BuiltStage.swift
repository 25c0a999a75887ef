import Synchronization

/// A stage that was built, with all that lives as long as it does: its background work, and what it wants hidden.
///
/// When a pipeline takes the place of another, a stage that would be built from the same id, type and option values, and
/// whose files have not changed, is kept: both pipelines use it, and it ends with the last that does.
package final class BuiltStage: Sendable {
  /// What a stage was built from.
  private struct Origin: Sendable {
    var type: String
    var options: any StageOptions
    var context: StageContext
  }

  package let stage: any Stage
  /// What the stage wants hidden.
  let redaction: Redaction
  let work: BackgroundWork
  /// `nil`: it is in no other pipeline.
  private let origin: Origin?
  private let users = Mutex(1)

  /// A stage of one pipeline.
  package init(_ stage: any Stage, work: BackgroundWork = BackgroundWork()) {
    self.stage = stage
    self.redaction = Redaction()
    self.work = work
    self.origin = nil
  }

  private init(_ stage: any Stage, _ origin: Origin) {
    self.stage = stage
    self.redaction = origin.context.hidden.redaction
    self.work = origin.context.work
    self.origin = origin
  }

  /// Builds a stage. If it cannot be built, the work that it has begun has ended.
  package static func build(
    _ type: StageType, _ options: any StageOptions, _ context: StageContext
  ) async throws -> BuiltStage {
    do {
      let stage = try await type.build(options, context)
      context.files.close()
      return BuiltStage(stage, Origin(type: type.name, options: options, context: context))
    } catch {
      await context.work.end()
      throw error
    }
  }

  /// Takes part in another pipeline, if one built from this would be the same.
  /// - Returns: whether it does.
  func join(_ type: StageType, _ options: any StageOptions, _ context: StageContext) -> Bool {
    guard let origin, origin.type == type.name, origin.context.isLike(context),
      origin.options.hasSameValues(as: options), !origin.context.files.haveChanged
    else { return false }
    let isAlive = users.withLock { users in
      guard users > 0 else { return false }
      users += 1
      return true
    }
    // The new pipeline depends on its files as the old one did.
    if isAlive { context.files.note(origin.context.files.facts) }
    return isAlive
  }

  /// A pipeline does not use them any more. Those that no other uses end: their background work, then the stages, the last
  /// first.
  package static func leave(_ stages: [BuiltStage]) async {
    let ending = stages.filter { $0.leave() }
    for built in ending { await built.work.end() }
    for built in ending.reversed() { await built.stage.shutdown() }
  }

  /// - Returns: whether the last pipeline has left.
  private func leave() -> Bool {
    users.withLock { users in
      users -= 1
      return users == 0
    }
  }
}

extension Pipeline {
  /// The stage of this pipeline that one built from this would be the same as. It is shared from now on.
  package func share(_ type: StageType, _ options: any StageOptions, _ context: StageContext) -> BuiltStage? {
    guard let built = steps.first(where: { $0.id == context.id })?.built else { return nil }
    return built.join(type, options, context) ? built : nil
  }
}
