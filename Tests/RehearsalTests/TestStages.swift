import Foundation
import HTTPTypes
import NIOCore
import Synchronization
import TelephoneKit

/// Waits on the exchange's clock before the request goes on.
struct WaitABit: RequestStage {
  struct Options: StageOptions {
    @Option(help: "How long.") var time = Duration.seconds(1)
  }

  static let name = "wait-a-bit"
  static let summary = "Waits."
  private let time: Duration

  init(_ options: Options, _ context: StageContext) { time = options.time }

  func process(_ exchange: Exchange) async throws -> Decision {
    try await exchange.clock.sleep(for: time)
    return .proceed
  }
}

/// Gives the backend so much time, as a stage might that wraps the answer's body.
struct LimitPause: ResponseStage {
  struct Options: StageOptions {
    @Option(help: "How long.") var time = Duration.seconds(3)
  }

  static let name = "limit-pause"
  static let summary = "Breaks an answer off that pauses for too long."
  private let time: Duration

  init(_ options: Options, _ context: StageContext) { time = options.time }

  func process(_ response: inout Response, of exchange: Exchange) async throws {
    response.body = Body(source: Limited(inner: response.body, clock: exchange.clock, time: time))
  }

  private struct Limited: BodySource {
    let inner: Body
    let clock: any Clock<Duration>
    let time: Duration

    func read() async throws -> BodyPart {
      try await withThrowingTaskGroup(of: BodyPart.self) { group in
        defer { group.cancelAll() }
        group.addTask {
          guard let bytes = try await inner.next() else { return .end(trailers: inner.trailers) }
          return .bytes(bytes)
        }
        group.addTask {
          try await clock.sleep(for: time)
          throw Failure(status: .gatewayTimeout, code: "paused-too-long", "The backend paused for too long.")
        }
        return try await group.next() ?? .end(trailers: nil)
      }
    }
  }
}

/// Counts in the background, once a second, as long as the pipeline lives.
final class CountSeconds: RequestStage {
  static let name = "count-seconds"
  static let summary = "Counts."
  private let seconds = Atomic(0)

  init(_ options: NoOptions, _ context: StageContext) {
    let clock = context.clock
    context.background { [weak self] in
      while (try? await clock.sleep(for: .seconds(1))) != nil { self?.seconds.add(1, ordering: .relaxed) }
    }
  }

  func process(_ exchange: Exchange) async throws -> Decision {
    .answer(Response(text: "\(seconds.load(ordering: .relaxed))"))
  }
}

/// Waits for what never comes, and does not care who is cancelled.
struct WaitForever: RequestStage {
  static let name = "wait-forever"
  static let summary = "Waits."

  init(_ options: NoOptions, _ context: StageContext) {}

  func process(_ exchange: Exchange) async throws -> Decision {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    await Task { for await _ in stream {} }.value
    continuation.finish()
    return .proceed
  }
}

/// Answers with what it was told when it was built.
struct TellContext: RequestStage {
  static let name = "tell-context"
  static let summary = "Answers with what it knows."
  private let context: StageContext

  init(_ options: NoOptions, _ context: StageContext) { self.context = context }

  func process(_ exchange: Exchange) async throws -> Decision {
    .answer(Response(text: "\(context.mayConnect) \(Int(context.date().timeIntervalSince1970))"))
  }
}
