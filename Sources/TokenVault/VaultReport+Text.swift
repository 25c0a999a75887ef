#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

extension VaultReport {
  /// The report as lines for a terminal.
  package func lines(at now: Date) -> [String] {
    var lines: [String] = []
    for item in items {
      lines.append("token from \(item.origin.rawValue)\(item.isChosen ? ", which is used" : "")")
      if let token = item.check.token {
        lines += Self.claims(of: token, at: now).map { "  " + $0 }
      }
      for entry in item.check.entries { lines.append("  " + Self.line(of: entry)) }
    }
    lines += store.map { "store: " + $0 }
    lines += advice.map { "to do: " + $0 }
    return lines
  }

  private static func claims(of token: AgentToken, at now: Date) -> [String] {
    let left = token.expiresAt.timeIntervalSince(now)
    let time = left > 0 ? "\(duration(left)) left" : "expired \(duration(-left)) ago"
    return [
      "sub \(token.subject)", "jti \(token.id)", "path_id \(token.pathID)",
      "iat \(token.issuedAt.formatted(.iso8601))", "exp \(token.expiresAt.formatted(.iso8601)) (\(time))",
    ]
  }

  private static func line(of entry: TokenCheck.Entry) -> String {
    switch entry.verdict {
    case .passed(let note): "ok    \(entry.name.rawValue)\(note.isEmpty ? "" : ": \(note)")"
    case .skipped(let reason): "--    \(entry.name.rawValue): \(reason)"
    case .failed(let fault): "FAIL  \(entry.name.rawValue): \(fault.sentence)"
    }
  }

  /// The two largest units: `27d 3h`, `59m 12s`, `4s`.
  static func duration(_ seconds: TimeInterval) -> String {
    var rest = Int64(exactly: seconds.rounded(.down)) ?? 0
    var parts: [String] = []
    for (unit, size) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] as [(String, Int64)] {
      let number = rest / size
      rest %= size
      if number > 0 || (unit == "s" && parts.isEmpty) { parts.append("\(number)\(unit)") }
    }
    return parts.prefix(2).joined(separator: " ")
  }
}
