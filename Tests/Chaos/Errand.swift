import Foundation
import HTTPTypes

/// One exchange that a client is to make; all that the backend needs to know stands in the target.
struct Errand: Sendable, Equatable {
  var id: Int
  var kind: ExchangeKind
  /// Octets of the body, of the request or of the answer.
  var size: Int
  /// How long who sends the body rests, after each piece where there are several, in milliseconds.
  var pause: Int

  static func draw(id: Int, using generator: inout SeededGenerator) -> Errand {
    let kind = ExchangeKind.draw(using: &generator)
    let (sizes, pauses): (ClosedRange<Int>, ClosedRange<Int>) =
      switch kind {
      case .small: (100...2000, 20...150)
      case .post: (1...65536, 20...150)
      case .delete: (0...0, 20...150)
      case .large: (1 << 20...4 << 20, 0...0)
      case .upload: (65536...1 << 20, 5...20)
      case .stream, .leaving: (16384...65536, 40...120)
      }
    return Errand(
      id: id, kind: kind, size: Int.random(in: sizes, using: &generator),
      pause: Int.random(in: pauses, using: &generator))
  }

  var target: String { "/\(kind.rawValue)/\(id)?size=\(size)&pause=\(pause)" }
}

extension Errand {
  /// - Returns: `nil` for a target that is none of ours.
  init?(target: String) {
    guard let components = URLComponents(string: target) else { return nil }
    let parts = components.path.split(separator: "/")
    let numbers = Dictionary(
      (components.queryItems ?? []).map { ($0.name, Int($0.value ?? "") ?? 0) }, uniquingKeysWith: { first, _ in first }
    )
    guard parts.count == 2, let kind = ExchangeKind(rawValue: String(parts[0])), let id = Int(parts[1]),
      let size = numbers["size"], let pause = numbers["pause"]
    else { return nil }
    self.init(id: id, kind: kind, size: size, pause: pause)
  }

  /// Rests as the errand says: a slow backend and a slow client are part of the plan.
  func rest() async throws { try await Task.sleep(for: .milliseconds(pause)) }

  /// What the backend answers to a body that came whole and right.
  var receipt: String { "\(id): \(size) octets, all right\n" }
}
