import ArgumentParser

/// The settings of the agent's token as flags.
struct TokenFlags: ParsableArguments {
  @Option(help: SettingFlags.help(.token)) var telephoneToken: String?
  @Option(help: SettingFlags.help(.tokenSecret)) var tokenSecret: String?
  @Option(help: SettingFlags.help(.tokenPublicKey)) var tokenPublicKey: String?
  // Written out, since two abbreviations in a row are one word to the parser.
  @Option(name: .customLong("token-jwks-url"), help: SettingFlags.help(.tokenKeySet)) var tokenJWKSURL: String?
  @Option(help: SettingFlags.help(.tokenVerification)) var tokenVerification: String?
  @Option(help: SettingFlags.help(.secretKeyBase)) var secretKeyBase: String?
  @Option(help: SettingFlags.help(.tokenDatabase)) var tokenDBPath: String?
  @Option(help: SettingFlags.help(.tokenKeep)) var tokenDBKeep: String?
  @Option(help: SettingFlags.help(.databaseTimeout)) var dbTimeout: String?

  /// What was given, by the names of the settings.
  var values: [String: String] {
    let given: [(Setting, String?)] = [
      (.token, telephoneToken), (.tokenSecret, tokenSecret), (.tokenPublicKey, tokenPublicKey),
      (.tokenKeySet, tokenJWKSURL), (.tokenVerification, tokenVerification), (.secretKeyBase, secretKeyBase),
      (.tokenDatabase, tokenDBPath), (.tokenKeep, tokenDBKeep), (.databaseTimeout, dbTimeout),
    ]
    return Dictionary(uniqueKeysWithValues: given.compactMap { setting, value in value.map { (setting.name, $0) } })
  }
}
