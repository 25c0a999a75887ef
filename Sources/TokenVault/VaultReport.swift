#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// What the settings and the store hold, for `telephone token check`: claims, time left, checks, what to do. Never a token.
package struct VaultReport: Sendable {
  package struct Item: Sendable {
    package let origin: TokenOrigin
    package let check: TokenCheck
    /// Whether this is the one that `telephone run` would use.
    package let isChosen: Bool
  }

  /// All tokens that were found, in the order settings, store, Go program.
  package let items: [Item]
  /// A sentence on the store: what is in it, or why it cannot be read.
  package let store: [String]
  /// What to do; empty, if all is well.
  package let advice: [String]

  /// Whether there is a token to dial with.
  package var isUsable: Bool { items.contains { $0.isChosen } }

  /// Looks at everything and changes nothing.
  package init(
    _ settings: VaultSettings, at now: Date, clock: any Clock<Duration> = ContinuousClock()
  ) async {
    let scan = await VaultScan(settings, .readOnly, at: now, clock: clock)
    let best = scan.best?.check.usable?.rawValue
    var chosen = false
    items = scan.candidates.map { candidate in
      let isChosen = !chosen && best != nil && candidate.check.usable?.rawValue == best
      chosen = chosen || isChosen
      return Item(origin: candidate.origin, check: candidate.check, isChosen: isChosen)
    }
    store = Self.store(scan, settings.store)
    var advice = settings.trust.warnings.map(\.message)
    if !chosen { advice.append(scan.fault.sentence) }
    if let fault = scan.storeFault, fault.kind != .missing { advice.append(fault.sentence) }
    if scan.contents.otherKey > 0 {
      advice.append("Set the SECRET_KEY_BASE that the store was written with, to use the tokens that it sealed.")
    }
    self.advice = advice
  }

  private static func store(_ scan: VaultScan, _ settings: StoreSettings?) -> [String] {
    guard let settings else { return ["no store: SECRET_KEY_BASE is not set"] }
    if let fault = scan.storeFault { return [fault.sentence] }
    let contents = scan.contents
    var lines = ["\(settings.path): \(count(contents.tokens.count, "token")) in force for this path"]
    if contents.otherKey > 0 { lines.append("\(count(contents.otherKey, "row")) sealed by another SECRET_KEY_BASE") }
    if contents.damaged > 0 { lines.append("\(count(contents.damaged, "row")) that do not open") }
    if !scan.otherPaths.isEmpty { lines.append("tokens of \(scan.otherPaths.count) paths") }
    let legacy = scan.legacy
    guard legacy.state != nil else { return lines }
    let rows = "the Go program's table: \(count(legacy.rows, "row"))"
    guard !legacy.wasSeen else { return lines + [rows + ", taken over already"] }
    return lines + [
      rows + ", \(legacy.expired) expired, \(legacy.unreadable) not decrypted, \(legacy.refused) that fail a check"
    ]
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
