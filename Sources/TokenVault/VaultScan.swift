#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// All tokens that there are for this agent, each verified: of the settings, the store and the Go program's table.
///
/// The path is that of the settings' token, if it can be read, also if it has expired; else that of the tokens in the
/// store, if they have one.
struct VaultScan: Sendable {
  struct Candidate: Sendable {
    let origin: TokenOrigin
    let check: TokenCheck
  }

  /// What became of the Go program's table.
  struct Legacy: Sendable {
    /// Its state, when there is such a table with rows.
    var state: String?
    /// It was taken over earlier and did not change since.
    var wasSeen = false
    var rows = 0
    /// Rows that this `SECRET_KEY_BASE` does not decrypt.
    var unreadable = 0
    /// Rows that have expired by their own column or by their token.
    var expired = 0
    /// Tokens that failed another check, or are for another path.
    var refused = 0
  }

  var pathID: String?
  var settings: TokenCheck?
  var candidates: [Candidate] = []
  var store: TokenStore?
  var storeFault: StoreFault?
  var contents = StoreContents()
  /// Paths of the store's tokens, when there were several to choose from.
  var otherPaths: [String] = []
  var legacy = Legacy()

  /// Looks at everything. Nothing is written, but by opening the store with ``TokenStore/Access/readWrite``.
  init(
    _ vault: VaultSettings, _ access: TokenStore.Access, at now: Date, clock: any Clock<Duration>
  ) async {
    if let compact = vault.token, !compact.isEmpty {
      let check = await vault.trust.check(compact, at: now)
      settings = check
      pathID = check.token?.pathID
      candidates.append(Candidate(origin: .settings, check: check))
    }
    guard let settings = vault.store else { return }
    do throws(StoreFault) {
      let store = try await TokenStore.open(settings, access, at: now, clock: clock)
      self.store = store
      try await look(into: store, vault.trust, at: now)
      try await lookAtLegacy(of: store, secret: settings.secret, vault.trust, at: now)
    } catch {
      storeFault = error
    }
  }

  /// The candidate that may be used: of those that passed every check and are for this path, the one that was issued last,
  /// since the gateway forgets a token when it issues the next; among equals the one that expires last.
  var best: Candidate? {
    let usable = candidates.filter { $0.check.usable.map { pathID == nil || $0.pathID == pathID } ?? false }
    return usable.max { Self.rank($0) < Self.rank($1) }
  }

  /// Whether there may be a better one: the store could not be read, or keys are missing.
  var isIncomplete: Bool { storeFault != nil || candidates.contains { $0.check.fault?.isForWantOfKeys == true } }

  private static func rank(_ candidate: Candidate) -> (Date, Date, Int) {
    guard let token = candidate.check.usable else { return (.distantPast, .distantPast, 0) }
    let place: [TokenOrigin] = [.settings, .legacy, .store]
    return (token.issuedAt, token.expiresAt, place.firstIndex(of: candidate.origin) ?? 0)
  }

  private mutating func look(
    into store: TokenStore, _ trust: TokenTrust, at now: Date
  ) async throws(StoreFault) {
    if pathID == nil {
      let paths = try await store.pathIDs(at: now)
      if paths.count > 1 { otherPaths = paths }
      pathID = paths.count == 1 ? paths.first : nil
    }
    guard let pathID else { return }
    contents = try await store.load(pathID: pathID, at: now)
    for token in contents.tokens {
      candidates.append(Candidate(origin: .store, check: await trust.check(token.rawValue, at: now)))
    }
  }

  private mutating func lookAtLegacy(
    of store: TokenStore, secret: String, _ trust: TokenTrust, at now: Date
  ) async throws(StoreFault) {
    let table = try await store.legacyTable()
    legacy.state = table.state
    legacy.wasSeen = table.state != nil && !table.isNew
    legacy.rows = table.rows.count
    guard table.isNew, otherPaths.isEmpty else { return }
    let rows = table.rows.filter { $0.expiresAt.map { $0 > now } ?? true }
    legacy.expired = table.rows.count - rows.count
    guard !rows.isEmpty, let cipher = LegacyCipher(secret: secret) else { return }
    for row in rows {
      guard let compact = cipher.open(row.encrypted) else {
        legacy.unreadable += 1
        continue
      }
      let check = await trust.check(compact, at: now)
      let isOurs = pathID == nil || check.token?.pathID == pathID
      if check.usable != nil, isOurs {
        candidates.append(Candidate(origin: .legacy, check: check))
        pathID = pathID ?? check.token?.pathID
        return
      }
      // What could not be verified for want of keys is told, as it may be good.
      if check.fault?.kind == .keysUnavailable { candidates.append(Candidate(origin: .legacy, check: check)) }
      if check.fault?.kind == .expired { legacy.expired += 1 } else { legacy.refused += 1 }
    }
  }
}
