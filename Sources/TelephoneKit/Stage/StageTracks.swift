/// What a request stage says when it did not refuse by throwing a ``Refusal``.
public enum Decision: Sendable {
  /// On to the next stage.
  case proceed
  /// The answer is here (a cache, a redirect, a fixed page): on to the response track.
  case answer(Response)
}

/// A stage that looks at the request before the backend does.
public protocol RequestStage: Stage {
  /// - Throws: a ``Refusal`` to refuse; a ``Failure`` or any other error if something broke.
  func process(_ exchange: Exchange) async throws -> Decision
}

/// A stage that makes the answer. Several may stand in a file: the first whose `when` matches is asked.
public protocol BackendStage: Stage {
  /// - Returns: a response whose body need not have been read yet.
  func respond(to exchange: Exchange) async throws -> Response
}

/// A stage that looks at every answer, also at refusals, and may change it or wrap its body.
public protocol ResponseStage: Stage {
  func process(_ response: inout Response, of exchange: Exchange) async throws
}

/// The stage that writes the answer: it pulls the body and hands head, chunks and end to the sink.
public protocol EmitStage: Stage {
  func emit(_ response: Response, of exchange: Exchange, into sink: any Sink) async throws
}

/// A stage that runs once per exchange when all is over, outside the cancelled task, for at most 5 seconds.
public protocol FinallyStage: Stage {
  func conclude(_ exchange: Exchange, _ outcome: Outcome) async
}

extension RequestStage { public static var track: Track { .request } }
extension BackendStage { public static var track: Track { .backend } }
extension ResponseStage { public static var track: Track { .response } }
extension EmitStage { public static var track: Track { .emit } }
extension FinallyStage { public static var track: Track { .finally } }
