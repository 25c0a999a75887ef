import Synchronization

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// Keeps the agent's token: chooses it at the start, changes it at a refresh, and stores it before it is used.
///
/// A fault of the store never costs the agent its token: what the gateway issued last is used, stored or not, since the
/// gateway has forgotten the one before.
package final class TokenVault: Sendable {
  private struct State {
    var current: AgentToken
    var origin: TokenOrigin
    var store: TokenStore?
    /// The current token, while the store does not have it.
    var unstored: AgentToken?
    var triedSettings: Bool
    /// Whether the store could not be read, or not all in it be judged, so that it may have a later token than the current.
    var mayHaveMissed: Bool
  }

  /// What the start had to say, for the log.
  package let notices: [VaultNotice]
  private let settings: VaultSettings
  private let verifiedSettings: AgentToken?
  private let clock: any Clock<Duration>
  private let state: Mutex<State>

  private init(
    _ settings: VaultSettings, _ verifiedSettings: AgentToken?, _ state: State, _ notices: [VaultNotice],
    _ clock: any Clock<Duration>
  ) {
    self.settings = settings
    self.verifiedSettings = verifiedSettings
    self.notices = notices
    self.clock = clock
    self.state = Mutex(state)
  }

  /// Looks at the settings' token, the store and the Go program's table, and chooses among those tokens that pass every
  /// check the one that was issued last. A token of the Go program is taken over into the store.
  /// - Throws: ``TokenFault``, if no token may be used; of kind `keysUnavailable`, if that may change by itself.
  package static func open(
    _ settings: VaultSettings, at now: Date, clock: any Clock<Duration> = ContinuousClock()
  ) async throws(TokenFault) -> TokenVault {
    let scan = await VaultScan(settings, .readWrite, at: now, clock: clock)
    var notices = settings.trust.warnings + scan.notices(hasStore: settings.store != nil)
    notices += await scan.takeLegacyOver(at: now)
    guard let best = scan.best, let token = best.check.usable else {
      await scan.store?.close()
      throw scan.fault
    }
    notices.append(scan.choice(best.origin, token, at: now))
    let state = State(
      current: token, origin: best.origin, store: scan.store, unstored: nil, triedSettings: best.origin == .settings,
      mayHaveMissed: scan.isIncomplete)
    return TokenVault(settings, scan.settings?.usable, state, notices, clock)
  }

  /// The token to dial with. It passed every check when it came; whether it is in force still, `check(at:)` of it says.
  package var current: AgentToken { state.withLock { $0.current } }

  /// Where ``current`` came from.
  package var origin: TokenOrigin { state.withLock { $0.origin } }

  /// Whether the store does not have a token that it should have: see ``storeAgain(at:)``.
  package var isUnstored: Bool { state.withLock { $0.unstored != nil } }

  /// Takes the gateway's answer to a refresh: verifies it, stores it, and makes it ``current``.
  ///
  /// If only the store fails, the token is used nevertheless, and ``Adoption/storeFault`` says so: try
  /// ``storeAgain(at:)`` later.
  /// - Throws: ``TokenFault``, if it fails a check or is for another path; ``current`` stays. If that is for want of keys,
  ///   the answer is stored all the same, for the next start to verify, and this is to be called again with it: the gateway
  ///   has forgotten the old token.
  package func adopt(refreshed compact: String, at now: Date) async throws(TokenFault) -> Adoption {
    let check = await settings.trust.check(compact, at: now)
    if let fault = check.fault {
      if fault.isForWantOfKeys, let token = check.token, token.pathID == current.pathID {
        _ = await save(token, at: now)
      }
      throw fault
    }
    guard let token = check.usable else { throw TokenFault(.malformed, "The refreshed token cannot be read.") }
    guard token.pathID == current.pathID else {
      throw TokenFault(.otherPath, "The refreshed token is for another path_id than the one that it replaces.")
    }
    let fault = settings.store == nil ? nil : await save(token, at: now)
    state.withLock { state in
      state.current = token
      state.origin = .refresh
      state.unstored = fault == nil ? nil : token
      state.triedSettings = false
    }
    return Adoption(token: token, isStored: settings.store != nil && fault == nil, storeFault: fault)
  }

  /// Tries once more to store a token that could not be stored when it came. Nothing happens if there is none.
  /// - Returns: why it failed again; `nil`, if all is stored.
  package func storeAgain(at now: Date) async -> StoreFault? {
    guard let token = state.withLock({ $0.unstored }) else { return nil }
    if let fault = await save(token, at: now) { return fault }
    state.withLock { state in
      // Another may have come meanwhile.
      if state.unstored?.rawValue == token.rawValue { state.unstored = nil }
    }
    return nil
  }

  /// The settings' token, if it passed every check at the start, is another one than ``current`` and still in force: what to
  /// try when the gateway refuses ``current``.
  package func settingsToken(at now: Date) -> AgentToken? {
    guard let token = verifiedSettings, now < token.expiresAt else { return nil }
    return state.withLock { $0.current.rawValue == token.rawValue ? nil : token }
  }

  /// After the gateway refused ``current`` with 403: ``settingsToken(at:)`` becomes current, once until the next refresh.
  /// - Returns: The token to try; `nil`, if there is none.
  package func useSettingsToken(at now: Date) -> AgentToken? {
    guard let token = settingsToken(at: now) else { return nil }
    return state.withLock { state in
      guard !state.triedSettings else { return nil }
      state.triedSettings = true
      state.current = token
      state.origin = .settings
      state.unstored = nil
      return token
    }
  }

  /// After the gateway refused ``current`` with 403: looks at everything again, if at the start the store could not be read,
  /// or a token not be verified for want of keys. One that passes now and was issued later becomes current.
  /// - Returns: The token to try; `nil`, if there is none.
  package func lookAgain(at now: Date) async -> AgentToken? {
    guard let before = state.withLock({ $0.mayHaveMissed ? $0.current : nil }) else { return nil }
    let scan = await VaultScan(settings, .readWrite, at: now, clock: clock)
    _ = await scan.takeLegacyOver(at: now)
    return state.withLock { state in
      state.mayHaveMissed = scan.isIncomplete
      state.store = state.store ?? scan.store
      guard let best = scan.best, let token = best.check.usable, token.issuedAt > before.issuedAt,
        token.pathID == before.pathID, state.current.rawValue == before.rawValue
      else { return nil }
      state.current = token
      state.origin = best.origin
      state.unstored = nil
      state.triedSettings = best.origin == .settings
      return token
    }
  }

  /// Closes the store, so that no log of it is left beside the file. The vault is not used afterwards.
  package func close() async { await state.withLock { $0.store }?.close() }

  /// Deletes all tokens of ours from a store, for `telephone token forget`. The Go program's rows stay, and are not taken
  /// over again unless it changes them. Where there is no file, none is made.
  /// - Returns: How many rows there were.
  package static func forget(
    _ settings: StoreSettings, at now: Date, clock: any Clock<Duration> = ContinuousClock()
  ) async throws(StoreFault) -> Int {
    guard StoreFile(path: settings.path).exists else { return 0 }
    return try await TokenStore.open(settings, at: now, clock: clock).forget()
  }

  private func save(_ token: AgentToken, at now: Date) async -> StoreFault? {
    guard let settings = settings.store else { return nil }
    do throws(StoreFault) {
      // A store that could not be opened at the start may be there by now.
      let store: TokenStore
      if let open = state.withLock({ $0.store }) {
        store = open
      } else {
        store = try await TokenStore.open(settings, at: now, clock: clock)
        state.withLock { $0.store = store }
      }
      try await store.save(token, at: now)
      return nil
    } catch {
      // A damaged file is set aside when it is opened the next time.
      if error.kind == .corrupt { state.withLock { $0.store = nil } }
      return error
    }
  }
}
