/// The values of curl's options that can name a file with `@`.
struct CurlData {
  let source: RequestSource

  /// Of `-d`: a file loses its line ends and NULs.
  func text(_ word: ShellWord) throws(RequestProblem) -> [UInt8] {
    guard let path = try path(word.octets[...], word) else { return word.octets }
    return try source.file(path, at: word.offset).filter { $0 != 0 && $0 != 0x0A && $0 != 0x0D }
  }

  /// Of `--data-binary` and `--json`: a file as it is.
  func binary(_ word: ShellWord) throws(RequestProblem) -> [UInt8] {
    guard let path = try path(word.octets[...], word) else { return word.octets }
    return try source.file(path, at: word.offset)
  }

  /// Of `--data-urlencode`: `content`, `=content`, `name=content`, `@file` or `name@file`.
  func encoded(_ word: ShellWord) throws(RequestProblem) -> [UInt8] {
    let sign = word.octets.firstIndex { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "@") }
    guard let sign else { return Array(FormEncoding.encoded(word.octets).utf8) }
    let name = word.octets[..<sign]
    let content: [UInt8]
    if let path = try path(word.octets[sign...], word) {
      content = try source.file(path, at: word.offset)
    } else {
      content = Array(word.octets[(sign + 1)...])
    }
    return Array(name) + (name.isEmpty ? [] : [UInt8(ascii: "=")]) + Array(FormEncoding.encoded(content).utf8)
  }

  /// Of `-H`: a field, or a file with one on each line.
  func headers(_ word: ShellWord) throws(RequestProblem) -> [ShellWord] {
    guard let path = try path(word.octets[...], word) else { return [word] }
    let lines = try source.file(path, at: word.offset).split { $0 == 0x0A || $0 == 0x0D }
    return lines.map { ShellWord(octets: Array($0), offset: word.offset) }
  }

  /// What `--json` says beside the data, unless `-H` has said it already.
  func fieldsOfJSON(at word: ShellWord, without headers: [ShellWord]) -> [ShellWord] {
    ["Content-Type", "Accept"].filter { name in
      !headers.contains { $0.text?.lowercased().hasPrefix("\(name.lowercased()):") ?? false }
    }.map { ShellWord(octets: Array("\($0): application/json".utf8), offset: word.offset) }
  }

  /// What stands behind an `@`; `nil` if there is none.
  private func path(_ octets: ArraySlice<UInt8>, _ word: ShellWord) throws(RequestProblem) -> String? {
    guard octets.first == UInt8(ascii: "@") else { return nil }
    guard octets.dropFirst() != [UInt8(ascii: "-")][...] else {
      throw source.problem("'@-' would read standard input; write the data into a file.", at: word.offset)
    }
    guard let path = String(validating: octets.dropFirst(), as: UTF8.self), !path.isEmpty else {
      throw source.problem("The name of a file must stand behind the '@'.", at: word.offset)
    }
    return path
  }
}
