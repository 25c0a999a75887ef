import HTTPTypes
import NIOCore
import PhoenixChannels
import Synchronization
import TelephoneKit
import Tunnel

/// One joined line, seen from the gateway: requests go out, answers are matched to them by their request id.
final class GatewayLine: Sendable {
  private struct State {
    var waiting: [String: CheckedContinuation<ProxyResponse, any Error>] = [:]
    var isLost = false
    var isOpen = false
    var held: [CheckedContinuation<Void, Never>] = []
  }

  /// Pushes an event on the joined channel.
  let push: @Sendable (_ event: String, _ payload: JSONValue) async throws -> Void
  /// Closes the socket that the line runs on.
  let close: @Sendable (_ code: UInt16, _ reason: String) async -> Void
  private let encoding: BodyEncoding
  private let state = Mutex(State())

  init(
    encoding: BodyEncoding, push: @escaping @Sendable (String, JSONValue) async throws -> Void,
    close: @escaping @Sendable (UInt16, String) async -> Void
  ) {
    self.encoding = encoding
    self.push = push
    self.close = close
  }

  /// Sends a request and waits for its answer.
  /// - Throws: a `Failure` (502) if the line is lost meanwhile or the request cannot be carried.
  func ask(_ request: ProxyRequest) async throws -> ProxyResponse {
    guard let payload = request.payload(encoding) else {
      throw Failure(
        status: .badGateway, code: "request-not-utf8", "This line carries bodies of UTF-8 text only.")
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isLost = state.withLock { state in
          if !state.isLost, !Task.isCancelled { state.waiting[request.requestID] = continuation }
          return state.isLost || Task.isCancelled
        }
        guard !isLost else { return continuation.resume(throwing: Self.lost) }
        Task {
          await untilOpen()
          // Whoever asked may have given up meanwhile: what nobody waits for is not sent.
          guard state.withLock({ $0.waiting[request.requestID] != nil }) else { return }
          do {
            try await push("proxy_req", payload)
          } catch {
            self.end(request.requestID, .failure(Self.lost))
          }
        }
      }
    } onCancel: {
      end(request.requestID, .failure(CancellationError()))
    }
  }

  /// Takes an answer. One that nobody waits for, or not any more, is dropped.
  func receive(_ payload: JSONValue) {
    do {
      let response = try ProxyResponse(payload)
      end(response.requestID, .success(response))
    } catch {
      guard let id = error.requestID else { return }
      end(
        id,
        .failure(
          Failure(
            status: .badGateway, code: "malformed-answer", "The telephone's answer could not be read. \(error.sentence)"
          )))
    }
  }

  /// The telephone knows that it has joined: from now on requests go out. Those that came before were held.
  func open() {
    let held = state.withLock { state in
      state.isOpen = true
      defer { state.held = [] }
      return state.held
    }
    for continuation in held { continuation.resume() }
  }

  private func untilOpen() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.held.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  /// The line is gone, and with it every answer that is still waited for.
  func lose() {
    let waiting = state.withLock { state in
      state.isLost = true
      defer { state.waiting = [:] }
      return state.waiting
    }
    for continuation in waiting.values { continuation.resume(throwing: Self.lost) }
    open()
  }

  private func end(_ id: String, _ result: Result<ProxyResponse, any Error>) {
    state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(with: result)
  }

  private static var lost: Failure {
    Failure(status: .badGateway, code: "line-lost", "The line to the telephone was lost before its answer came.")
  }
}
