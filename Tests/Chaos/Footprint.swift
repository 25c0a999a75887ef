import Foundation

/// What a process holds now.
struct Footprint: Sendable, Equatable {
  /// Resident memory (VmRSS), in KiB.
  var resident = 0
  /// Open file descriptors.
  var descriptors = 0

  init() {}

  /// - Returns: `nil` when there is no such process.
  init?(of pid: pid_t) {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
      let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
    else { return nil }
    for line in status.split(separator: "\n") where line.hasPrefix("VmRSS:") {
      resident = Int(line.filter(\.isNumber)) ?? 0
    }
    descriptors = files.count
  }
}

extension Footprint {
  /// Descriptors that may be open beside those before: connections to the backend that are kept for a while.
  static let descriptorTolerance = 2
  /// Memory may have grown by a quarter, or 16 MiB: what the allocator keeps.
  static let memoryTolerance = (part: 4, least: 16 << 10)

  func isBack(to before: Footprint) -> Bool { holdsFew(before) && holdsLittle(before) }

  func holdsFew(_ before: Footprint) -> Bool { descriptors <= before.descriptors + Self.descriptorTolerance }

  func holdsLittle(_ before: Footprint) -> Bool {
    resident <= before.resident + max(Self.memoryTolerance.least, before.resident / Self.memoryTolerance.part)
  }
}
