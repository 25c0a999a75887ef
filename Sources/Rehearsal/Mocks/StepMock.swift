import HTTPTypes
import PipelineFile
package import TelephoneKit

/// What stands in the place of one step, so that a test need not do what the stage would ask for.
package enum StepMock: Sendable, Hashable {
  /// On to the next step, with these claims as a stage that verifies tokens leaves them.
  case proceed(Claims?)
  case answer(StubAnswer)
  /// - Parameter isFailure: whether something broke; else it is a refusal.
  case refuse(status: Int, code: String, isFailure: Bool)

  /// What a mock can do.
  package enum Kind: String, Sendable, CaseIterable {
    case proceed, answer, refuse, fail
  }

  package var kind: Kind {
    switch self {
    case .proceed: .proceed
    case .answer: .answer
    case .refuse(_, _, let isFailure): isFailure ? .fail : .refuse
    }
  }

  /// What a mock can do on a track.
  package static func kinds(on track: Track) -> [Kind] {
    switch track {
    case .request: [.proceed, .answer, .refuse, .fail]
    case .backend: [.answer, .refuse, .fail]
    case .response: [.proceed, .refuse, .fail]
    case .emit: []
    case .finally: [.proceed]
    }
  }

  /// - Throws: ``StageBuildError`` if the step's track has no such mock.
  func stage(for step: CheckedStep, log: BackendLog) throws -> any Stage {
    guard Self.kinds(on: step.type.track).contains(kind) else {
      throw StageBuildError("A step of the \(step.type.track) track cannot be told to \(kind)")
    }
    return switch step.type.track {
    case .request: MockRequestStage(self)
    case .backend: StubStage(step: step.id, log: log) { _ in try answerOrThrow() }
    case .response, .emit: MockResponseStage(self)
    case .finally: MockFinallyStage()
    }
  }

  /// What it says if it does not proceed; an empty answer if it does.
  /// - Throws: the ``Refusal`` or ``Failure`` that it stands for.
  func answerOrThrow() throws -> StubAnswer {
    switch self {
    case .proceed: return StubAnswer()
    case .answer(let answer): return answer
    case .refuse(let status, let code, isFailure: false):
      throw Refusal(status: .init(integerLiteral: status), code: code, "The mock refuses, as it was told to.")
    case .refuse(let status, let code, isFailure: true):
      throw Failure(status: .init(integerLiteral: status), code: code, "The mock fails, as it was told to.")
    }
  }
}
