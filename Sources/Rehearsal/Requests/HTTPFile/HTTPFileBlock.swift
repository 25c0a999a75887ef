/// One request of a `.http` file, taken apart but not yet read.
struct HTTPFileBlock {
  /// What stands behind `###`, or behind `# @name`.
  private(set) var name: String?
  /// The line `GET https://example.com/ HTTP/1.1`, with the lines that go on with it; `nil` in a block of variables only.
  private(set) var requestLine: HTTPFileLine?
  private(set) var fields: [HTTPFileLine] = []
  private(set) var body: [HTTPFileLine] = []
  /// The lines `@name = value`.
  private(set) var variables: [HTTPFileLine] = []
  private var isInBody = false

  /// The blocks of a file, between lines of `###`.
  static func blocks(of lines: [HTTPFileLine]) -> [HTTPFileBlock] {
    var blocks = [HTTPFileBlock()]
    for line in lines {
      if line.text.hasPrefix("###") {
        var next = HTTPFileBlock()
        let name = line.comment ?? ""
        if !name.isEmpty { next.name = name }
        blocks.append(next)
      } else {
        blocks[blocks.count - 1].add(line)
      }
    }
    return blocks
  }

  private mutating func add(_ line: HTTPFileLine) {
    if isInBody {
      body.append(line)
    } else if let comment = line.comment {
      if comment.hasPrefix("@name ") { name = comment.dropFirst(6).trimming { $0 == " " || $0 == "\t" || $0 == "=" } }
    } else if requestLine == nil {
      if line.isBlank { return }
      if line.trimmed.hasPrefix("@") { variables.append(line) } else { requestLine = line }
    } else if line.isBlank {
      isInBody = true
    } else if fields.isEmpty, let first = line.text.first, first == " " || first == "\t" {
      // The URL goes on.
      requestLine?.text += line.trimmed
    } else {
      fields.append(line)
    }
  }
}
