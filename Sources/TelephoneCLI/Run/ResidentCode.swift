import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The pages of the program's own code that are in memory.
///
/// The start runs through code that is not needed again: settings, the pipeline file, command line. The kernel maps it
/// in windows of 64 KiB, about 20 MiB in all, and a process that waits would be counted with it for ever. Code is read
/// from its file again when it is run, so its pages can be let go of at any time.
enum ResidentCode {
  /// Lets go of them, on Linux. Does nothing elsewhere.
  static func release() {
    #if os(Linux)
      for code in mappings() {
        guard let start = UnsafeMutableRawPointer(bitPattern: code.lowerBound) else { continue }
        madvise(start, Int(code.upperBound - code.lowerBound), MADV_DONTNEED)
      }
    #endif
  }

  /// Where the program's code is mapped, never anything that is writable or could have been written to.
  private static func mappings() -> [Range<UInt>] {
    guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
      let file = FileHandle(forReadingAtPath: "/proc/self/maps"),
      // The system tells no length of this file, so it is read to its end.
      let maps = try? file.readToEnd()
    else { return [] }
    return String(decoding: maps, as: UTF8.self).split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      guard parts.count == 6, parts[1] == "r-xp", parts[5].drop(while: { $0 == " " }) == program else { return nil }
      let ends = parts[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard ends.count == 2, ends[0] < ends[1] else { return nil }
      return ends[0]..<ends[1]
    }
  }
}
