/// The secret that a switchboard's tokens are signed with.
enum TokenSecret {
  /// - Throws: a ``CommandProblem`` that says what to set.
  static func read(_ source: SettingsSource) throws -> String {
    guard let secret = source[Setting.tokenSecret.name] ?? source[Setting.secretKeyBase.name] else {
      throw CommandProblem(
        "No secret for tokens: set TOKEN_SECRET (or SECRET_KEY_BASE). This makes a good one: openssl rand -base64 48",
        .usage)
    }
    if secret.utf8.count < 32 {
      Terminal.error.print(
        "warning: the secret for tokens has fewer than 32 octets, which HS256 wants (RFC 7518, 3.2). "
          + "This makes a good one: openssl rand -base64 48")
    }
    return secret
  }
}
