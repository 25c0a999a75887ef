import PipelineFile

/// Reads command lines of curl, as curl's manual says.
struct CurlReader {
  private let source: RequestSource
  private let words: [ShellWord]
  private var position = 1
  private var command: CurlCommand

  /// The requests of all commands of a source.
  static func drafts(_ source: RequestSource) throws(RequestProblem) -> [RequestDraft] {
    let commands = try ShellWords.commands(of: source)
    guard !commands.isEmpty else { throw RequestProblem("There is no curl command in it.", in: source.name) }
    var drafts: [RequestDraft] = []
    for words in commands {
      var reader = try CurlReader(source, words)
      try reader.read()
      drafts += try CurlRequests(source: source, command: reader.command).drafts()
      guard drafts.count <= RequestFile.mostRequests else { break }
    }
    return drafts
  }

  private init(_ source: RequestSource, _ words: [ShellWord]) throws(RequestProblem) {
    let name = words[0].text ?? ""
    guard FilePath.name(of: name) == "curl" || FilePath.name(of: name) == "curl.exe" else {
      throw source.problem(
        "A command must begin with 'curl'; if this goes on with the line before, end that with a backslash.",
        at: words[0].offset)
    }
    self.source = source
    self.words = words
    self.command = CurlCommand(offset: words[0].offset)
  }

  private mutating func read() throws(RequestProblem) {
    var readsOptions = true
    while position < words.count {
      let word = words[position]
      position += 1
      let octets = word.octets
      if !readsOptions || octets.first != UInt8(ascii: "-") || octets.count == 1 {
        command.urls.append(word)
      } else if octets == Array("--".utf8) {
        readsOptions = false
      } else if octets[1] == UInt8(ascii: "-") {
        try readLong(word)
      } else {
        try readShort(word)
      }
    }
  }

  private mutating func readLong(_ word: ShellWord) throws(RequestProblem) {
    let name = String((word.text ?? "").dropFirst(2))
    if let option = CurlOption.all[name] {
      try apply(option, named: "--\(name)", value: option.takesValue ? value(of: "--\(name)", word) : nil, at: word)
      return
    }
    // Each flag has its opposite.
    if name.hasPrefix("no-"), case .ignored(takesValue: false) = CurlOption.all[String(name.dropFirst(3))] {
      command.ignored.append("--\(name)")
      return
    }
    let shown = String(name.prefix { $0 != "=" }.prefix(64))
    let hint =
      name.contains("=")
      ? "; curl takes a value as the next word, without '='"
      : NearestName.to(shown, among: CurlOption.all.keys.sorted()).map { "; did you mean '--\($0)'?" } ?? ""
    throw source.problem("curl's option '--\(shown)' is not supported\(hint)".ended, at: word.offset)
  }

  /// One or more options in one word, the last perhaps with its value.
  private mutating func readShort(_ word: ShellWord) throws(RequestProblem) {
    var rest = word.octets.dropFirst()
    while let octet = rest.popFirst() {
      let letter = Character(Unicode.Scalar(octet))
      guard let name = CurlOption.short[letter], let option = CurlOption.all[name] else {
        throw source.problem("curl's option '-\(letter)' is not supported.", at: word.offset)
      }
      guard option.takesValue else {
        try apply(option, named: "-\(letter)", value: nil, at: word)
        continue
      }
      let glued = rest.isEmpty ? nil : ShellWord(octets: Array(rest), offset: word.offset)
      let value = if let glued { glued } else { try value(of: "-\(letter)", word) }
      try apply(option, named: "-\(letter)", value: value, at: word)
      return
    }
  }

  private mutating func value(of option: String, _ word: ShellWord) throws(RequestProblem) -> ShellWord {
    guard position < words.count else { throw source.problem("'\(option)' wants a value.", at: word.offset) }
    position += 1
    return words[position - 1]
  }

  private mutating func apply(
    _ option: CurlOption, named shown: String, value: ShellWord?, at word: ShellWord
  ) throws(RequestProblem) {
    switch option {
    case .refused(let advice):
      throw source.problem("curl's option '\(shown)' is not supported; \(advice).", at: word.offset)
    case .ignored: if !command.ignored.contains(shown) { command.ignored.append(shown) }
    case .request(let name):
      if let value { try apply(name, value) } else { apply(name) }
    }
  }

  private mutating func apply(_ flag: CurlOption.Name) {
    switch flag {
    case .get: command.sendsDataInQuery = true
    case .head: command.isHead = true
    case .compressed: command.isCompressed = true
    default: command.isGlobOff = true
    }
  }

  private mutating func apply(_ option: CurlOption.Name, _ value: ShellWord) throws(RequestProblem) {
    let data = CurlData(source: source)
    switch option {
    case .url: command.urls.append(value)
    case .request: command.method = value
    case .header: command.headers += try data.headers(value)
    case .data, .dataASCII: try add(try data.text(value), at: value)
    case .dataRaw: try add(value.octets, at: value)
    case .dataBinary: try add(try data.binary(value), at: value)
    case .dataURLEncode: try add(try data.encoded(value), at: value)
    case .json:
      try add(try data.binary(value), at: value, separator: [])
      command.headers += data.fieldsOfJSON(at: value, without: command.headers)
    case .urlQuery:
      let isRaw = value.octets.first == UInt8(ascii: "+")
      let added = isRaw ? Array(value.octets.dropFirst()) : try data.encoded(value)
      command.query = command.query.map { $0 + [UInt8(ascii: "&")] + added } ?? added
    case .user: command.user = value
    case .bearer: command.bearer = value
    case .userAgent: command.userAgent = value
    case .referer: command.referer = value
    case .range: command.range = value
    case .requestTarget: command.requestTarget = value
    case .cookie:
      guard value.octets.contains(UInt8(ascii: "=")) else {
        throw source.problem("-b takes cookies here, such as -b 'name=value', and no file of them.", at: value.offset)
      }
      command.cookies.append(value)
    case .get, .head, .compressed, .globoff: break
    }
  }

  private mutating func add(
    _ octets: [UInt8], at word: ShellWord, separator: [UInt8] = [UInt8(ascii: "&")]
  ) throws(RequestProblem) {
    command.data = command.data.map { $0 + separator + octets } ?? octets
    guard command.data?.count ?? 0 <= RequestFile.mostOctets else {
      throw source.problem("The data come to more than 64MiB.", at: word.offset)
    }
  }
}
