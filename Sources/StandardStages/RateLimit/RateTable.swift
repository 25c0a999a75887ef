/// What is known of each key, for a bounded number of keys. When it is full, the one that was idle longest goes.
///
/// The slots are a doubly linked list in the order of their last use, so that every step takes the same time.
struct RateTable {
  private struct Slot {
    var key: String
    var full: Duration
    var older: Int
    var newer: Int
  }

  /// No slot.
  private static let none = -1

  let capacity: Int
  private var places: [String: Int] = [:]
  private var slots: [Slot] = []
  private var oldest = Self.none
  private var newest = Self.none

  /// - Parameter capacity: the most keys; at least 1.
  init(capacity: Int) { self.capacity = max(capacity, 1) }

  var count: Int { slots.count }

  func contains(_ key: String) -> Bool { places[key] != nil }

  /// Changes what is known of a key, and makes it the one that was used last. A new key begins with `full` zero.
  mutating func update<Result>(_ key: String, _ change: (inout Duration) -> Result) -> Result {
    let place = places[key] ?? makePlace(for: key)
    unlink(place)
    link(place)
    return change(&slots[place].full)
  }

  private mutating func makePlace(for key: String) -> Int {
    let place: Int
    if slots.count < capacity {
      place = slots.count
      slots.append(Slot(key: key, full: .zero, older: Self.none, newer: Self.none))
      link(place)
    } else {
      place = oldest
      places[slots[place].key] = nil
      slots[place].key = key
      slots[place].full = .zero
    }
    places[key] = place
    return place
  }

  private mutating func unlink(_ place: Int) {
    let slot = slots[place]
    if slot.older == Self.none { oldest = slot.newer } else { slots[slot.older].newer = slot.newer }
    if slot.newer == Self.none { newest = slot.older } else { slots[slot.newer].older = slot.older }
  }

  private mutating func link(_ place: Int) {
    slots[place].older = newest
    slots[place].newer = Self.none
    if newest == Self.none { oldest = place } else { slots[newest].newer = place }
    newest = place
  }
}
