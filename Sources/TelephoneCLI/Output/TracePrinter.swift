import TelephoneKit

/// Writes trace entries for people.
struct TracePrinter {
  var terminal = Terminal.output
  /// Whether each line begins with its number.
  var number: Int?
  /// The width of the column of stage names.
  var width = 16

  func lines(_ entry: TraceEntry) -> [String] {
    let name = entry.isHook ? "\(entry.step) (answer)" : entry.step
    let label = entry.stageName == entry.step ? name : "\(name) [\(entry.stageName)]"
    let count = number.map { "\(String(repeating: " ", count: $0 < 10 ? 1 : 0))\($0) " } ?? ""
    let place = entry.place.map { "  \(terminal.dim("\($0.file):\($0.line)"))" } ?? ""
    let time = entry.verdict.isSkipped ? "" : "  \(terminal.dim(Self.time(entry.elapsed)))"
    return ["\(count)\(label.padded(to: width)) \(verdict(entry.verdict))\(time)\(place)"]
      + entry.changes.map { "     \($0.subject): \($0.before ?? "-") -> \($0.after ?? "-")" }
  }

  private func verdict(_ verdict: TraceEntry.Verdict) -> String {
    switch verdict {
    case .passed: "passed"
    case .skipped(let condition): terminal.dim("skipped, its condition is: \(condition)")
    case .answered(let status): terminal.green("answered \(status)")
    case .refused(let status, let code, let sentence): "\(terminal.yellow("refused \(status) \(code)")): \(sentence)"
    case .failed(let status, let code, let sentence): "\(terminal.red("failed \(status) \(code)")): \(sentence)"
    case .emitted(let chunks, let octets):
      "emitted \(octets) \(octets == 1 ? "octet" : "octets") in \(chunks) \(chunks == 1 ? "chunk" : "chunks")"
    case .spliced(let fromClient, let fromBackend):
      "joined a WebSocket: \(fromClient) frames from the client, \(fromBackend) from the backend"
    }
  }

  /// A time in the unit that leaves one to three digits before the point.
  static func time(_ duration: Duration) -> String {
    let microseconds = duration.inSeconds * 1e6
    if microseconds < 1000 { return "\(Int(microseconds.rounded())) µs" }
    if microseconds < 1_000_000 { return "\((microseconds / 100).rounded() / 10) ms" }
    return "\((microseconds / 100_000).rounded() / 10) s"
  }
}

extension TraceEntry.Verdict {
  var isSkipped: Bool { if case .skipped = self { true } else { false } }
}
