import HTTPTypes
import HTTPWire
import NIOCore
import Synchronization
import TelephoneKit
import Tunnel

/// One call on a stream of protocol 2: the request's content goes out while the answer comes in.
///
/// Nothing is held here: content is pulled from the client while the telephone gives credit, and a part of the answer is
/// taken from the stream when the client has taken the one before.
struct StreamedCall: Sendable {
  let call: Call
  let stream: GatewayStream
  private let deadline: AnswerDeadline
  /// `nil`: the request has no content.
  private let upload: Upload?
  private let heard = Heard()

  init(call: Call, stream: GatewayStream) {
    self.call = call
    self.stream = stream
    self.deadline = AnswerDeadline(call.deadlines, limit: call.settings.answerTimeout) { stream.reset(.deadline) }
    let sends = call.request.hasContent && !call.request.head.asksForWebSocket
    self.upload = sends ? Upload(body: call.request.body, stream: stream, deadline: deadline) : nil
  }

  /// - Throws: see ``GatewayLine/carry(_:)``.
  func run() async throws {
    defer { deadline.settle() }
    do {
      if let upload {
        try await answer(during: upload)
      } else {
        deadline.arm()
        try await answer()
      }
    } catch {
      stream.reset(.cancelled)
      throw told(error)
    }
  }

  /// The upload is a child of the call, so it runs on the same executor and never outlives it.
  private func answer(during upload: Upload) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await upload.run() }
      if call.request.head.expectsContinue {
        // Until 100 comes, the request does not end, and a telephone that says nothing at all must not hold it.
        deadline.arm()
      } else {
        upload.begin()
      }
      do {
        try await answer()
      } catch {
        stream.reset(.cancelled)
        upload.skip()
        group.cancelAll()
        throw error
      }
      // The answer is complete. What the client still sends goes on until its end has left, or until the telephone wants
      // no more: a stream that is let go before is reset.
      if upload.skip() {
        stream.reset(.cancelled)
      } else {
        try await stream.ended()
        group.cancelAll()
      }
    }
  }

  /// Writes the answer as it comes.
  private func answer() async throws {
    while true {
      switch try await stream.next() {
      case .interim(let status, let fields):
        heard.note()
        if status == 100, call.request.head.expectsContinue {
          // Pulling the content tells the client to send it.
          deadline.rest()
          upload?.begin()
        } else {
          try await call.response.interim(status: status, fields: fields.withoutHopByHop())
        }
      case .head(let status, let fields):
        heard.note()
        deadline.settle()
        if status == 101 { return try await webSocket(fields) }
        return try await content(status, fields.withoutHopByHop())
      default: throw Failure.brokenAnswer
      }
    }
  }

  /// The head leaves with the content that is there already, in one write. If the answer is broken off by then, the head
  /// leaves alone, so that the client sees a broken answer and not another one.
  private func content(_ status: Int, _ fields: HTTPFields) async throws {
    let first: StreamEvent?
    do {
      first = try stream.nextIfPresent()
    } catch {
      try await call.response.head(status: status, fields: fields)
      throw error
    }
    switch first {
    case .data(let first): try await call.response.head(status: status, fields: fields, part: first)
    case .end(let trailers):
      try await call.response.head(status: status, fields: fields)
      return try await call.response.end(trailers: trailers?.withoutHopByHop())
    default: try await call.response.head(status: status, fields: fields)
    }
    while true {
      switch try await stream.next() {
      case .data(let part): try await call.response.write(part)
      case .end(let trailers): return try await call.response.end(trailers: trailers?.withoutHopByHop())
      default: throw Failure.brokenAnswer
      }
    }
  }

  private func webSocket(_ fields: HTTPFields) async throws {
    let socket = try await call.response.upgradeToFrames(fields: DoorWebSocket.fields(of: fields))
    let splice = WebSocketSplice(client: DoorWebSocket(socket), backend: stream.webSocket, clock: call.clock)
    // A stream that is let go before its close has left is reset.
    if case .closed = await splice.run() { try await stream.ended() }
  }

  /// What the caller is told of an error: an answer while none has begun.
  private func told(_ error: any Error) -> any Error {
    if call.response.headWritten { return error }
    if let failure = upload?.failure { return failure }
    if deadline.hasPassed { return Failure.noAnswer(within: call.settings.answerTimeout) }
    guard let fault = error as? StreamFault else { return error }
    let failure = Failure(fault)
    // Who has begun to answer has seen the request, whatever it says afterwards.
    let isRefused = fault.origin == .peer && fault.code == .refused && !heard.hasAnswer
    return isRefused && upload?.hasPulled != true ? NotTaken(answer: failure) : failure
  }
}

/// Whether anything of an answer came, be it an interim head.
private final class Heard: Sendable {
  private let state = Atomic(false)

  var hasAnswer: Bool { state.load(ordering: .relaxed) }

  func note() { state.store(true, ordering: .relaxed) }
}
