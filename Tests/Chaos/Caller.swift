import HTTPTypes
import HTTPWire
import NIOCore

/// A client that makes one exchange after another, and compares what comes.
struct Caller: Sendable {
  static let pathID = "chaos"

  private let connection: KeptConnection

  init(port: Int) { connection = KeptConnection(port: port) }

  /// Makes an exchange; never longer than ``Pace/exchangeLimit``.
  func run(_ errand: Errand) async -> Ledger.End {
    let end: Ledger.End
    do {
      end = try await withDeadline(Pace.exchangeLimit, clock: ContinuousClock()) { try await exchange(errand) }
    } catch is DeadlineExceeded {
      end = .hung
    } catch is KeptConnection.Unreachable {
      end = .unreachable
    } catch {
      end = .broken("\(error)")
    }
    // A gateway that refused does not read the rest of a request, and may end the connection.
    if end != .whole { connection.close() }
    return end
  }

  func close() { connection.close() }

  private func exchange(_ errand: Errand) async throws -> Ledger.End {
    var request = ClientRequest(
      method: errand.kind.method, target: "/call/\(Self.pathID)\(errand.target)", authority: "chaos")
    switch errand.kind {
    case .post: request.content = .whole(SeededContent.whole(id: errand.id, size: errand.size), trailers: nil)
    case .upload: request.content = .streamed(length: errand.id.isMultiple(of: 2) ? errand.size : nil)
    default: break
    }
    let exchange = try await connection.start(request)
    guard errand.kind == .upload else { return try await answer(errand, exchange) }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        // An answer that comes before the end of the upload says why it broke off.
        try? await upload(errand, exchange)
      }
      let end = try await answer(errand, exchange)
      group.cancelAll()
      return end
    }
  }

  private func upload(_ errand: Errand, _ exchange: ClientExchange) async throws {
    var content = SeededContent(id: errand.id, size: errand.size)
    while let piece = content.next(atMost: 32768) {
      try await exchange.write(piece)
      try await errand.rest()
    }
    try await exchange.finish(nil)
  }

  private func answer(_ errand: Errand, _ exchange: ClientExchange) async throws -> Ledger.End {
    var status = 0
    var check = AnswerCheck(errand)
    while true {
      switch try await exchange.next() {
      case .interim: continue
      case .switched: return .wrong("a WebSocket that nobody asked for")
      case .head(let head, _): status = head.status
      case .whole(let head, let octets, _):
        guard head.status == 200 else { return .refused(head.status) }
        check.take(octets)
        return check.end
      case .body(let octets):
        if status == 200 { check.take(octets) }
        if errand.kind == .leaving, check.count > errand.size / 2 {
          exchange.giveUp()
          return .left
        }
      case .end: return status == 200 ? check.end : .refused(status)
      }
    }
  }
}

/// Compares the content of an answer with what must come.
private struct AnswerCheck {
  private(set) var count = 0
  private var isRight = true
  private var content: SeededContent?
  private var receipt = ByteBuffer()
  private let errand: Errand

  init(_ errand: Errand) {
    self.errand = errand
    switch errand.kind {
    case .small, .large, .stream, .leaving: content = SeededContent(id: errand.id, size: errand.size)
    case .post, .upload, .delete: content = nil
    }
  }

  mutating func take(_ octets: ByteBuffer) {
    count += octets.readableBytes
    if content != nil {
      if content?.accept(octets) != true { isRight = false }
    } else if receipt.readableBytes < 1000 {
      receipt.writeImmutableBuffer(octets)
    }
  }

  /// How an answer that was reported as complete ends.
  var end: Ledger.End {
    if content != nil {
      return isRight && count == errand.size
        ? .whole : .wrong("\(count) octets of \(errand.size), \(isRight ? "right so far" : "wrong")")
    }
    let text = String(buffer: receipt)
    return text == errand.receipt ? .whole : .wrong("'\(text.prefix(60))'")
  }
}
