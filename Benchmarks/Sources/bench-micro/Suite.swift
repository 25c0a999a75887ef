import CAllocations
import Foundation

/// Runs benchmarks, and keeps what they gave.
struct Suite {
  struct Result {
    let name: String
    /// Of the process's CPU time, for one operation.
    let nanoseconds: Double
    /// Of heap memory, by one operation.
    let allocations: Double
    /// What they asked for.
    let octets: Double
  }

  private(set) var results: [Result] = []
  private let filter: String
  private let batches = 9

  init(filter: String) { self.filter = filter }

  func wants(_ name: String) -> Bool { filter.isEmpty || name.contains(filter) }

  /// - Parameter count: operations in a batch, of a few milliseconds.
  mutating func run(_ name: String, count: Int, _ operation: () throws -> Void) rethrows {
    guard wants(name) else { return }
    var best = Best()
    for _ in 0..<batches {
      let before = Sample()
      for _ in 0..<count { try operation() }
      best.take(Sample(), before)
    }
    results.append(best.result(name, count))
  }

  mutating func add(_ result: Result) { results.append(result) }

  func print() {
    let width = results.map(\.name.count).max() ?? 0
    func line(_ name: String, _ cells: [String]) {
      let numbers = cells.map { String(repeating: " ", count: max(0, 12 - $0.count)) + $0 }.joined()
      Swift.print(name + String(repeating: " ", count: max(0, width - name.count)) + numbers)
    }
    line("", ["ns", "allocations", "octets"])
    for result in results {
      line(
        result.name,
        [
          String(format: "%.0f", result.nanoseconds), String(format: "%.2f", result.allocations),
          String(format: "%.0f", result.octets),
        ])
    }
  }

  struct Sample {
    let time = processor_nanoseconds()
    let allocations = allocations_count()
    let octets = allocations_octets()
  }

  /// The least of all batches: what the operation needs when nothing disturbs it.
  struct Best {
    private var time = UInt64.max
    private var allocations = UInt64.max
    private var octets = UInt64.max

    mutating func take(_ after: Sample, _ before: Sample) {
      time = min(time, after.time - before.time)
      allocations = min(allocations, after.allocations - before.allocations)
      octets = min(octets, after.octets - before.octets)
    }

    func result(_ name: String, _ count: Int) -> Result {
      Result(
        name: name, nanoseconds: Double(time) / Double(count), allocations: Double(allocations) / Double(count),
        octets: Double(octets) / Double(count))
    }
  }
}
