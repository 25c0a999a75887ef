import Foundation

/// What a process has used up to now.
struct Usage {
  /// Time on a processor, of all its threads, in nanoseconds.
  var processor: UInt64 = 0
  /// Resident memory in octets.
  var resident = 0
  /// The most resident memory that it ever had.
  var peak = 0

  init(of pid: pid_t) {
    // The process's own clock: the same time as utime and stime of /proc/PID/stat, not rounded to 10 ms.
    var clock = clockid_t()
    if clock_getcpuclockid(pid, &clock) == 0 { processor = Nanoseconds.now(clock) }
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return }
    for line in status.split(separator: "\n") {
      if line.hasPrefix("VmRSS:") { resident = Self.kibibytes(line) * 1024 }
      if line.hasPrefix("VmHWM:") { peak = Self.kibibytes(line) * 1024 }
    }
  }

  private static func kibibytes(_ line: Substring) -> Int { Int(line.filter { ("0"..."9").contains($0) }) ?? 0 }
}

enum Nanoseconds {
  /// The time of a clock, the monotonic one by default.
  static func now(_ clock: clockid_t = CLOCK_MONOTONIC) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
