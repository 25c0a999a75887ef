/// A stage at its place in a pipeline.
public struct PipelineStep: Sendable {
  /// Names this use of the stage; unique in the pipeline.
  public let id: String
  /// The stage's name in the registry.
  public let stageName: String
  public var stage: any Stage { built.stage }
  public let condition: (any Condition)?
  /// Where the step stands in the file, if it came from one.
  public let place: Place?
  let built: BuiltStage

  public init(
    id: String? = nil, stage: some Stage, condition: (any Condition)? = nil, place: Place? = nil
  ) {
    self.init(id: id, built: BuiltStage(stage), condition: condition, place: place)
  }

  /// With a stage that other pipelines may share.
  package init(
    id: String? = nil, built: BuiltStage, condition: (any Condition)? = nil, place: Place? = nil
  ) {
    self.id = id ?? type(of: built.stage).name
    self.stageName = type(of: built.stage).name
    self.built = built
    self.condition = condition
    self.place = place
  }
}

/// A step whose stage is known to work on one track. A class, so that its turn costs no copies.
final class TrackStep<StageOnTrack: Sendable>: Sendable {
  let id: String
  let stageName: String
  let stage: StageOnTrack
  let condition: (any Condition)?
  /// Whether there is a condition: to look at that copies none.
  let isConditional: Bool
  let place: Place?

  init(_ step: PipelineStep, _ stage: StageOnTrack) {
    self.id = step.id
    self.stageName = step.stageName
    self.stage = stage
    self.condition = step.condition
    self.isConditional = step.condition != nil
    self.place = step.place
  }
}
