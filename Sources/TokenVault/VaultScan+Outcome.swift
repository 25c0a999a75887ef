import Logging

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension VaultScan {
  /// What is to be said of what was found, before the choice.
  func notices(hasStore: Bool) -> [VaultNotice] {
    var notices = store?.notices ?? []
    if !hasStore {
      notices.append(
        VaultNotice(.warning, "There is no token store: set SECRET_KEY_BASE, or a restart loses refreshed tokens."))
    }
    if let storeFault {
      notices.append(
        VaultNotice(
          .error, "The token store cannot be used; the agent goes on without.", ["reason": storeFault.sentence]))
    }
    if contents.otherKey > 0 {
      let sentence =
        "The token store holds tokens that another SECRET_KEY_BASE sealed. They are kept; set that one to use them."
      notices.append(VaultNotice(.warning, sentence, ["rows": "\(contents.otherKey)"]))
    }
    if contents.damaged > 0 {
      notices.append(
        VaultNotice(.warning, "The token store holds rows that do not open.", ["rows": "\(contents.damaged)"]))
    }
    if let fault = settings?.fault {
      notices.append(VaultNotice(.warning, "TELEPHONE_TOKEN is not used.", ["reason": fault.sentence]))
    }
    for candidate in candidates where candidate.origin == .store {
      guard let fault = candidate.check.fault else { continue }
      notices.append(VaultNotice(.warning, "A token of the store is not used.", ["reason": fault.sentence]))
    }
    if legacy.unreadable > 0 {
      notices.append(
        VaultNotice(
          .warning, "The Go program's table has tokens that this SECRET_KEY_BASE does not decrypt.",
          ["rows": "\(legacy.unreadable)"]))
    }
    return notices
  }

  /// Stores the Go program's newest valid token, if none of the others was issued later, and remembers that its table was
  /// seen. Its rows are not touched.
  func takeLegacyOver(at now: Date) async -> [VaultNotice] {
    guard let store, let state = legacy.state, !legacy.wasSeen, otherPaths.isEmpty else { return [] }
    do throws(StoreFault) {
      if let best, best.origin == .legacy, let token = best.check.usable {
        try await store.save(token, at: now, legacySeen: state)
        let claims = ["jti": token.id, "path_id": token.pathID]
        return [VaultNotice(.notice, "A token was taken over from the Go program's table.", claims)]
      }
      // What may still become valid (another secret, keys that come back) is looked at again at the next start.
      if legacy.unreadable == 0, legacy.refused == 0 { try await store.markLegacySeen(state) }
      return []
    } catch {
      let sentence = "The Go program's token could not be taken over into the store."
      return [VaultNotice(.warning, sentence, ["reason": error.sentence])]
    }
  }

  /// Says which token was chosen.
  func choice(_ origin: TokenOrigin, _ token: AgentToken, at now: Date) -> VaultNotice {
    let others = candidates.filter { $0.check.usable != nil }.count - 1
    return VaultNotice(
      .info, "A token was chosen: the one that was issued last of those that pass every check.",
      [
        "origin": origin.rawValue, "jti": token.id, "path_id": token.pathID,
        "expires": token.expiresAt.formatted(.iso8601), "others": "\(others)",
      ])
  }

  /// Why there is no token to use.
  var fault: TokenFault {
    let faults = candidates.compactMap { $0.check.fault }
    if let fault = faults.first(where: { $0.kind == .keysUnavailable }) { return fault }
    let store = storeFault.map { " The store has none either: \($0.sentence)" } ?? ""
    if let fault = settings?.fault { return TokenFault(fault.kind, fault.sentence + store) }
    if !otherPaths.isEmpty {
      return TokenFault(
        .missing,
        "TELEPHONE_TOKEN is not set, and the store has tokens of \(otherPaths.count) paths. Set the one to use.")
    }
    if let fault = faults.first { return TokenFault(fault.kind, "The store's token is not used. \(fault.sentence)") }
    return TokenFault(
      .missing, "There is no token. Set TELEPHONE_TOKEN to the one from the gateway.\(store)")
  }
}
