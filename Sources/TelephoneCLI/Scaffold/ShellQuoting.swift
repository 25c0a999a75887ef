/// Words of a command line that a person may copy into a shell.
enum ShellQuoting {
  private static let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/@%+=:,".utf8)

  /// In single quotes if a shell would take it for something else without them.
  static func quoted(_ text: String) -> String {
    if !text.isEmpty, text.utf8.allSatisfy(plain.contains) { return text }
    // By scalars: an accent behind a quote makes another character of both.
    let inside = text.unicodeScalars.map { $0 == "'" ? #"'\''"# : String($0) }.joined()
    return "'\(inside)'"
  }
}
