/// A word of a command line, without its quotes.
struct ShellWord: Sendable, Hashable {
  var octets: [UInt8]
  /// Where it begins in the source.
  var offset: Int

  /// `nil` if it is not UTF-8.
  var text: String? { String(validating: octets, as: UTF8.self) }
}

/// Splits a text into commands and words as a POSIX shell does (POSIX.1-2024, XCU 2.2 and 2.3), with `$'…'`. What a shell
/// would replace, such as `$NAME`, is refused: here it would arrive as it is written, and nobody means that.
struct ShellWords {
  private let source: RequestSource
  private var position = 0
  private var commands: [[ShellWord]] = []
  private var words: [ShellWord] = []
  private var word: ShellWord?

  /// The commands, each with at least one word.
  static func commands(of source: RequestSource) throws(RequestProblem) -> [[ShellWord]] {
    var splitter = ShellWords(source: source)
    while let octet = splitter.next { try splitter.read(octet) }
    splitter.endCommand()
    return splitter.commands
  }

  private init(source: RequestSource) { self.source = source }

  private var next: UInt8? { position < source.octets.count ? source.octets[position] : nil }

  private mutating func take() -> UInt8? {
    guard let octet = next else { return nil }
    position += 1
    return octet
  }

  private mutating func read(_ octet: UInt8) throws(RequestProblem) {
    switch octet {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
      endWord()
      position += 1
    case UInt8(ascii: "\n"), UInt8(ascii: ";"):
      endCommand()
      position += 1
    case UInt8(ascii: "#") where word == nil:
      while let octet = next, octet != UInt8(ascii: "\n") { position += 1 }
    case UInt8(ascii: "'"): try readSingle()
    case UInt8(ascii: "\""): try readDouble()
    case UInt8(ascii: "\\"): try readEscape()
    case UInt8(ascii: "$"): try readDollar()
    case UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "("),
      UInt8(ascii: ")"):
      let sign = Character(Unicode.Scalar(octet))
      throw source.problem(
        "A shell would not pass this '\(sign)' on to curl; put the text in single quotes, or leave out what stands "
          + "from here on.", at: position)
    case UInt8(ascii: "`"): throw substitution(at: position)
    case 0: throw source.problem("A command line holds no NUL.", at: position)
    default:
      append(octet)
      position += 1
    }
  }

  private mutating func append(_ octets: UInt8...) { append(octets) }

  /// Also nothing, which makes an empty word.
  private mutating func append(_ octets: some Sequence<UInt8>) {
    if word == nil { word = ShellWord(octets: [], offset: position) }
    word?.octets.append(contentsOf: octets)
  }

  private mutating func endWord() {
    if let word { words.append(word) }
    word = nil
  }

  private mutating func endCommand() {
    endWord()
    // The prompt that was pasted with it.
    if words.first?.octets == Array("$".utf8) { words.removeFirst() }
    if !words.isEmpty { commands.append(words) }
    words = []
  }

  private func substitution(at offset: Int) -> RequestProblem {
    source.problem(
      "A shell would put something else in the place of this; write what it stands for, or put it in single quotes.",
      at: offset)
  }

  private mutating func readSingle() throws(RequestProblem) {
    let start = position
    append()
    position += 1
    while let octet = take() {
      if octet == UInt8(ascii: "'") { return }
      guard octet != 0 else { throw source.problem("A command line holds no NUL.", at: position - 1) }
      append(octet)
    }
    throw source.problem("This single quote is never closed.", at: start)
  }

  private mutating func readDouble() throws(RequestProblem) {
    let start = position
    append()
    position += 1
    while let octet = take() {
      switch octet {
      case UInt8(ascii: "\""): return
      case UInt8(ascii: "\\"):
        guard let escaped = take() else { break }
        if "$`\"\\".utf8.contains(escaped) {
          append(escaped)
        } else if escaped != UInt8(ascii: "\n") {
          append(octet, escaped)
        }
      case UInt8(ascii: "`"): throw substitution(at: position - 1)
      case UInt8(ascii: "$"):
        if let next, Self.beginsSubstitution(next) { throw substitution(at: position - 1) }
        append(octet)
      case 0: throw source.problem("A command line holds no NUL.", at: position - 1)
      default: append(octet)
      }
    }
    throw source.problem("This double quote is never closed.", at: start)
  }

  /// A backslash outside quotes; before the end of a line it joins the next line.
  private mutating func readEscape() throws(RequestProblem) {
    let start = position
    position += 1
    if next == UInt8(ascii: "\r"), source.octets.dropFirst(position + 1).first == UInt8(ascii: "\n") { position += 1 }
    guard let octet = take() else { throw source.problem("Nothing stands behind this backslash.", at: start) }
    guard octet != UInt8(ascii: "\n") else { return }
    if word == nil { word = ShellWord(octets: [], offset: start) }
    append(octet)
  }

  private mutating func readDollar() throws(RequestProblem) {
    let start = position
    append()
    position += 1
    if next == UInt8(ascii: "'") {
      position += 1
      var reader = ANSIQuote(source: source, position: position)
      append(try reader.read(from: start))
      position = reader.position
      return
    }
    if let next, Self.beginsSubstitution(next) { throw substitution(at: start) }
    append(UInt8(ascii: "$"))
  }

  private static func beginsSubstitution(_ octet: UInt8) -> Bool {
    "({_@*#?!$-".utf8.contains(octet) || Character(Unicode.Scalar(octet)).isLetter && octet < 0x80
      || (0x30...0x39).contains(octet)
  }
}
