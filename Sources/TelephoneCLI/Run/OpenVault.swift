import Foundation
import Logging
import TokenVault

/// Opens the token vault at the start.
struct OpenVault {
  let settings: VaultSettings
  let logger: Logger
  var clock: any Clock<Duration> = ContinuousClock()

  /// Keys that cannot be fetched are asked for again, from 1 s to 30 s later; every other fault ends the start.
  /// - Throws: a ``CommandProblem`` if no token may be used.
  func open() async throws -> TokenVault {
    var wait = Duration.seconds(1)
    while true {
      do throws(TokenFault) {
        let vault = try await TokenVault.open(settings, at: Date())
        for notice in vault.notices { notice.log(to: logger) }
        return vault
      } catch {
        guard error.kind == .keysUnavailable else {
          throw CommandProblem(error.sentence, error.kind == .settings ? .usage : .unavailable)
        }
        logger.warning(
          "the token cannot be verified now",
          metadata: ["reason": "\(error.sentence)", "retry_in": "\(Int(wait / .seconds(1)))s"])
        try await clock.sleep(for: wait)
        wait = min(wait * 2, .seconds(30))
      }
    }
  }
}
