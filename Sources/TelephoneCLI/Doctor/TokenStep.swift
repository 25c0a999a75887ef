import Foundation
import TelephoneKit
import TokenVault

/// Looks at the token of the settings and at the store, as `telephone token check` does. Nothing is changed.
struct TokenStep: Sendable {
  /// The token that `telephone run` would dial with.
  struct Chosen: Sendable {
    let token: AgentToken
    /// How far its `iat` is in the future; zero if it is not.
    let ahead: Duration
  }

  /// What the steps say that need a token.
  static let nothingToDialWith =
    "not tried: there is no token that may be used. Set TELEPHONE_TOKEN; for a switchboard of your own, "
    + "'telephone token issue --path demo' makes one"

  private static let advice =
    "Set TELEPHONE_TOKEN to the one from the gateway; for a switchboard of your own: "
    + "export TELEPHONE_TOKEN=$(telephone token issue --path demo)"

  let source: SettingsSource

  func examine() async -> Examined<Chosen> {
    var reader = SettingsReader(source)
    let vault = reader.vault()
    guard let vault else {
      let isMissing = reader.text(.token) == nil
      return Finding.failed(
        isMissing ? "There is no token." : "The token cannot be used.", isMissing ? Self.advice : nil,
        reader.faults.filter { !isMissing || !$0.hasPrefix(Setting.token.name) }
      ).without(Chosen.self)
    }
    guard vault.token != nil || vault.store != nil else {
      return Finding.failed("There is no token.", Self.advice).without(Chosen.self)
    }
    let now = Date()
    let report = await VaultReport(vault, at: now)
    guard let item = report.items.first(where: \.isChosen), let token = item.check.usable else {
      let faults = report.items.compactMap { item in
        item.check.fault.map { "\(item.origin.rawValue): \($0.sentence)" }
      }
      let details = faults.isEmpty ? reader.faults + report.advice : faults + reader.faults
      return Finding.failed("There is no token that may be used.", Self.advice, details).without(Chosen.self)
    }
    return finding(token, from: item, report, vault, reader.faults, at: now)
  }

  private func finding(
    _ token: AgentToken, from item: VaultReport.Item, _ report: VaultReport, _ vault: VaultSettings, _ faults: [String],
    at now: Date
  ) -> Examined<Chosen> {
    let (left, life) = (
      token.expiresAt.timeIntervalSince(now), token.expiresAt.timeIntervalSince(token.issuedAt)
    )
    let ahead = max(0, token.issuedAt.timeIntervalSince(now))
    let chosen = Chosen(token: token, ahead: .seconds(ahead))
    let store = vault.store == nil ? "" : "; store: \(report.store.joined(separator: ", "))"
    let words =
      "from \(item.origin.rawValue): path_id \(token.pathID), sub \(token.subject), "
      + "\(Duration.seconds(Int64(left)).text) left\(store)"
    var remarks = faults + report.advice
    if vault.store == nil {
      remarks.append("There is no token store: set SECRET_KEY_BASE, or a restart loses refreshed tokens.")
    }
    if left < life / 10 {
      remarks.append("The token is in the last tenth of its life: a refresh must come soon. Is an agent running?")
    }
    if case .skipped(let reason) = item.check[.signature] {
      remarks.append("The signature was not looked at (\(reason)).")
    }
    return remarks.isEmpty
      ? Finding.ok(words).with(chosen) : Finding.warning(words, nil, remarks).with(chosen)
  }
}
