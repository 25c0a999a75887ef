import Foundation
import HTTPWire
import TelephoneKit

/// Compares this machine's clock with the gateway's: tokens are refused by a clock that is wrong.
struct ClockStep: Sendable {
  /// More than this is warned about.
  private static let tolerance = Duration.seconds(30)

  private let network: NetworkSteps
  private let token: TokenStep.Chosen?

  init(_ network: NetworkSteps, _ token: TokenStep.Chosen?) {
    self.network = network
    self.token = token
  }

  /// Asks the gateway for a page, without the token, and reads the `Date` of the answer.
  func examine() async -> Examined<Bool> {
    let (gateway, timeout) = (network.gateway, network.timeout)
    let began = Date()
    let field: String?
    do {
      field = try await withDeadline(timeout, clock: ContinuousClock()) {
        try await gateway.probe.dateField(
          of: gateway.path, isSecure: gateway.url.isSecure, caFile: gateway.caFile, limit: timeout)
      }
    } catch {
      let late = "The gateway did not answer a plain request within \(timeout.text)."
      return Finding.warning(NetworkSteps.sentence(error, late), "The clocks could not be compared.").with(false)
    }
    if let token, token.ahead > Self.tolerance {
      return Finding.warning(
        "The token was issued \(token.ahead.rounded.text) in the future.",
        "Set the clock of this machine, or that of the gateway; both by NTP."
      ).with(false)
    }
    guard let theirs = field.flatMap(HTTPDate.date) else {
      return Finding.ok("The gateway tells no time; nothing speaks against this machine's clock").with(true)
    }
    return compare(theirs, began, Date())
  }

  /// The gateway's time, of whole seconds, was taken between the two of ours.
  private func compare(_ theirs: Date, _ began: Date, _ ended: Date) -> Examined<Bool> {
    let behind = theirs.timeIntervalSince(ended)
    let ahead = began.timeIntervalSince(theirs) - 1
    let difference = Duration.seconds(max(behind, ahead, 0))
    guard difference > Self.tolerance else {
      return Finding.ok("within \((difference + .seconds(1)).rounded.text) of the gateway's").with(true)
    }
    return Finding.warning(
      "This machine's clock is \(difference.rounded.text) \(behind > 0 ? "behind" : "ahead of") the gateway's.",
      "Set it by NTP: tokens are taken for expired, or for not yet valid."
    ).with(false)
  }
}

extension Duration {
  /// To whole seconds.
  fileprivate var rounded: Duration { .seconds(Int64((self / .seconds(1)).rounded())) }
}
