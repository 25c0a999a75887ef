import Foundation

/// The most memory that this process has held so far.
enum PeakMemory {
  /// In octets; 0 if the system does not tell.
  static var octets: Int {
    var usage = rusage()
    #if canImport(Darwin)
      return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : 0
    #else
      return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
    #endif
  }
}
