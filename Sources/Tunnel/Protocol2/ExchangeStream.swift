import HTTPTypes
import NIOCore
import TelephoneKit

/// One stream on the telephone's side: the request's body is read from it, and the answer written to it.
struct ExchangeStream: Sink, BodySource {
  let driver: LineDriver
  let id: UInt32

  // MARK: - The request's body

  func read() async throws -> BodyPart {
    do {
      switch try await driver.next(id) {
      case .data(let octets): return .bytes(octets)
      case .end(let trailers): return .end(trailers: trailers)
      case nil: return .end(trailers: nil)
      case .interim, .head, .frame: throw ClientGone()
      }
    } catch let fault as StreamFault {
      throw fault.code == .notWanted ? BodyError.closed as any Error : ClientGone()
    }
  }

  func close() async {
    driver.perform { $0.closeInbound(id) }
  }

  // MARK: - The answer

  func interim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {
    let offer: LineDriver.Offer = { engine throws(StreamFault) in
      try engine.send(interim: ResponseHeadFrame(status: status.code, fields: fields), on: id)
    }
    try await send(offer, after: give(offer))
  }

  func head(_ status: HTTPResponse.Status, _ fields: HTTPFields) async throws {
    _ = try give { engine throws(StreamFault) in
      try engine.send(head: ResponseHeadFrame(status: status.code, fields: fields), on: id)
      return .accepted
    }
  }

  func write(_ chunk: ByteBuffer) async throws {
    let offer: LineDriver.Offer = { engine throws(StreamFault) in try engine.send(chunk, on: id) }
    let first = try give(offer)
    if first != .accepted { try await send(offer, after: first) }
  }

  func end(_ trailers: HTTPFields?) async throws {
    let offer: LineDriver.Offer = { engine throws(StreamFault) in try engine.sendEnd(trailers, on: id) }
    let first = try give(offer)
    if first != .accepted { try await send(offer, after: first) }
  }

  func upgrade(_ fields: HTTPFields) async throws -> any WebSocketPeer {
    guard driver.perform({ $0.table[id]?.state.webSocket != WebSocketPhase.none }) else {
      throw Failure(status: .notImplemented, code: "no-websocket", "The client did not ask for a WebSocket.")
    }
    try await head(.switchingProtocols, fields)
    driver.counters?.count { $0.webSockets += 1 }
    return StreamWebSocket(driver: driver, id: id, gone: .peerGone)
  }

  func abort(_ error: any Error) async {
    let (code, sentence) = ResetCode.of(error)
    driver.perform { $0.reset(id, code, sentence) }
  }

  /// Gives something to send. Most of a body is taken at once, and then costs no call that could wait.
  private func give(_ offer: LineDriver.Offer) throws -> Admission {
    do {
      return try driver.perform(offer)
    } catch {
      throw Self.told(error)
    }
  }

  private func send(_ offer: LineDriver.Offer, after first: Admission) async throws {
    do {
      try await driver.send(id, offer, after: first)
    } catch let fault as StreamFault {
      throw Self.told(fault)
    }
  }

  /// A fault as a pipeline knows it.
  private static func told(_ fault: StreamFault) -> any Error {
    switch fault.origin {
    case .peer, .line: ClientGone()
    case .local:
      Failure(
        status: .badGateway, code: fault.code == .tooLarge ? "response-head-too-large" : "bad-response",
        fault.sentence)
    }
  }
}

extension ResetCode {
  /// What an error that cuts an answer off is told as, with a sentence that may be seen outside.
  static func of(_ error: any Error) -> (ResetCode, String) {
    switch error {
    case let error as any ExchangeError:
      switch error.status.code {
      case 504: (.deadline, error.sentence)
      case 502, 503: (error.code == "response-too-large" ? .tooLarge : .peerGone, error.sentence)
      case 413: (.tooLarge, error.sentence)
      default: (.internal, error.sentence)
      }
    case BodyError.tooLarge: (.tooLarge, "The content is too large.")
    case is ClientGone, is CancellationError: (.cancelled, "The exchange was given up.")
    default: (.internal, "The answer broke off.")
    }
  }
}
