/// The octets that a line may grant beyond `stream_credit`, all its streams together.
package struct GrowthBudget: Sendable, Equatable {
  package let size: Int
  /// Granted beyond at this moment.
  package private(set) var used = 0
  /// The streams that have some of it.
  private var holders = 0

  /// - Parameter size: in octets. 0: no stream grows.
  package init(_ size: Int) { self.size = max(0, size) }

  /// The most that one stream should have, so that those that ask later get some, too.
  var share: Int { size / max(1, holders) }

  /// Takes up to `octets`, for a stream that has `held` already.
  /// - Returns: what it got.
  mutating func take(_ octets: Int, held: Int) -> Int {
    let share = size / max(1, held > 0 ? holders : holders + 1)
    let taken = max(0, min(octets, size - used, share - held))
    if held == 0, taken > 0 { holders += 1 }
    used += taken
    return taken
  }

  /// Gives octets back of a stream that has `left` after it.
  mutating func giveBack(_ octets: Int, left: Int) {
    guard octets > 0 else { return }
    used -= octets
    if left == 0 { holders -= 1 }
  }
}
