import NIOCore
import Synchronization
import TelephoneKit

/// The body of a stub's answer: pieces with pauses between them, and perhaps an end before the end.
final class StubBody: BodySource {
  private let answer: StubAnswer
  private let clock: any Clock<Duration>
  /// The pieces that are given.
  private let pieces: [ByteBuffer]
  private let position = Mutex(0)

  init(_ answer: StubAnswer, clock: any Clock<Duration>) {
    self.answer = answer
    self.clock = clock
    if case .octet(let octet) = answer.breaks?.point {
      pieces = Self.pieces(answer.pieces, upTo: octet)
    } else {
      pieces = answer.pieces
    }
  }

  func read() async throws -> BodyPart {
    let index = position.withLock { position in
      defer { position += 1 }
      return position
    }
    if index > 0, .zero < answer.pause, index < answer.pieces.count {
      try await StubStage.sleep(for: answer.pause, on: clock)
    }
    if index < pieces.count { return .bytes(pieces[index]) }
    if let breaks = answer.breaks { throw breaks.failure }
    return .end(trailers: answer.trailers)
  }

  /// The pieces up to an octet, the last of them cut.
  private static func pieces(_ pieces: [ByteBuffer], upTo octet: Int) -> [ByteBuffer] {
    var left = max(octet, 0)
    var kept: [ByteBuffer] = []
    for piece in pieces where left > 0 {
      var piece = piece
      guard let slice = piece.readSlice(length: min(left, piece.readableBytes)) else { continue }
      left -= slice.readableBytes
      kept.append(slice)
    }
    return kept
  }
}
