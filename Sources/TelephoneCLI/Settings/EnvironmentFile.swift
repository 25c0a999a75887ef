import PipelineFile

/// A file of settings or variables, `NAME=value` on each line, as docs/settings.md describes it.
///
/// It is read octet by octet: to Swift a CRLF is one character, and so is a `=` with an accent behind it.
struct EnvironmentFile {
  /// The most octets that one may have: 1 MiB.
  private static let mostOctets = 1 << 20

  /// What it sets, by name. Of several values for one name this is the last.
  let values: [String: String]

  /// Reads a file.
  /// - Parameter kind: what it is called in sentences: `settings file`.
  /// - Throws: a ``CommandProblem`` if it cannot be read, or has a line that is wrong.
  static func read(_ path: String, as kind: String) throws(CommandProblem) -> EnvironmentFile {
    let octets: [UInt8]
    do {
      octets = try DiskFileReader().octets(of: path, limit: mostOctets)
    } catch {
      throw CommandProblem("The \(kind) \(path) cannot be read: \(error.reason).", .usage)
    }
    guard octets.count <= mostOctets else {
      throw CommandProblem("The \(kind) \(path) is larger than 1MiB.", .usage)
    }
    return try EnvironmentFile(octets, named: path)
  }

  /// - Throws: a ``CommandProblem`` that names the line which is wrong, and shows nothing of it: it may be a secret.
  init(_ octets: [UInt8], named file: String) throws(CommandProblem) {
    let text = octets.starts(with: [0xEF, 0xBB, 0xBF]) ? octets.dropFirst(3) : octets[...]
    var values: [String: String] = [:]
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let line = Self.trimmed(line)
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      guard let (name, value) = Self.setting(line) else {
        throw CommandProblem(
          "\(file):\(index + 1): This line sets nothing. Write NAME=value, with a name of letters, digits and '_', "
            + "no digit first.", .usage)
      }
      values[name] = value
    }
    self.values = values
  }

  private static func setting(_ line: ArraySlice<UInt8>) -> (name: String, value: String)? {
    guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    var name = trimmed(line[..<equals])
    let export = Array("export".utf8)
    if name.starts(with: export), let next = name.dropFirst(export.count).first, isBlank(next) {
      name = trimmed(name.dropFirst(export.count))
    }
    let text = String(decoding: name, as: UTF8.self)
    guard VariableDeclaration.isName(text) else { return nil }
    let value = unquoted(trimmed(line[line.index(after: equals)...]))
    return (text, String(decoding: value, as: UTF8.self))
  }

  /// A value without the quotes around it, if it begins and ends with the same.
  private static func unquoted(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard value.count > 1, let quote = value.first, quote == value.last else { return value }
    return [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(quote) ? value.dropFirst().dropLast() : value
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return text
  }

  /// A space, a tab, or the first half of a CRLF.
  private static func isBlank(_ octet: UInt8) -> Bool {
    [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")].contains(octet)
  }
}
