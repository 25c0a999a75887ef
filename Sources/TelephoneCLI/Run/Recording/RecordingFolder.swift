import Foundation

/// The folder that exchanges are recorded in, one file for each. Their names sort by the time at which the exchanges began:
/// `2026-11-28T120000.123Z-000001.json`. Where there are too many those of earlier runs go first, then the
/// oldest of this one. Other files are left alone.
struct RecordingFolder {
  struct Unusable: Error {
    let sentence: String
  }

  private let path: String
  private let limit: Int
  /// The oldest first: those of earlier runs by their times, then those of this run as they were written, also when a clock
  /// was ahead before.
  private var names: [String]
  private var serial = 0

  /// Opens a folder, or makes it for its owner only; the folder around it must be there.
  /// - Parameter limit: the most files; at least 1.
  init(_ path: String, limit: Int) throws(Unusable) {
    self.path = path
    self.limit = limit
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw Unusable(sentence: "\(path) cannot be made: \(Self.reason).")
    }
    guard access(path, W_OK | X_OK) == 0 else {
      throw Unusable(sentence: "\(path) cannot be written to: \(Self.reason).")
    }
    do {
      let found = try FileManager.default.contentsOfDirectory(atPath: path)
      names = found.filter(Self.isName).sorted()
      // What an earlier run did not come to the end of.
      for name in found where name.hasSuffix(Self.partial) && Self.isName(String(name.dropLast(Self.partial.count))) {
        unlink("\(path)/\(name)")
      }
    } catch {
      throw Unusable(sentence: "\(path) is no folder that can be read.")
    }
    prune()
  }

  /// Writes a file, for its owner only. It has its name when it is whole.
  mutating func write(_ octets: Data, began: Date) throws(Unusable) {
    let name = newName(began)
    let partial = "\(path)/\(name)\(Self.partial)"
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Unusable(sentence: Self.reason) }
    let isWhole = octets.withUnsafeBytes { FileOutput(descriptor: descriptor).write($0) }
    let isClosed = close(descriptor) == 0
    guard isWhole, isClosed, rename(partial, "\(path)/\(name)") == 0 else {
      let reason = Self.reason
      unlink(partial)
      throw Unusable(sentence: reason)
    }
    names.append(name)
    prune()
  }

  private static let partial = ".partial"

  private mutating func newName(_ date: Date) -> String {
    while true {
      serial = (serial + 1) % 1_000_000
      let digits = String(serial)
      let name =
        Timestamp.text(of: date).replacing(":", with: "")
        + "-\(String(repeating: "0", count: 6 - digits.count))\(digits).json"
      if access("\(path)/\(name)", F_OK) != 0 { return name }
    }
  }

  private static func isName(_ name: String) -> Bool {
    name.wholeMatch(of: /\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z-\d{6}\.json/) != nil
  }

  private mutating func prune() {
    guard names.count > limit else { return }
    for name in names.prefix(names.count - limit) { unlink("\(path)/\(name)") }
    names.removeFirst(names.count - limit)
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
