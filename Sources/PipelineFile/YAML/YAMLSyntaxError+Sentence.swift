import TelephoneKit

extension YAMLSyntaxError {
  /// The error in words for a person, at the place where the slip is rather than where it was noticed.
  func diagnostic(in source: SourceText) -> Diagnostic {
    if let octet {
      return Diagnostic(
        .error, at: source.place(at: source.index(ofOctet: octet)),
        "a control character stands here; take it out, or write it as an escape in double quotes")
    }
    let line = source.place(at: problemIndex).line
    if let tab = tabInIndentation(of: line, in: source) {
      return Diagnostic(
        .error, at: source.place(at: tab), "a tab stands in the indentation; YAML wants spaces there")
    }
    let (sentence, index) = explanation(in: source)
    return Diagnostic(.error, at: source.place(at: index), sentence)
  }

  private func tabInIndentation(of line: Int, in source: SourceText) -> Int? {
    guard let range = source.range(ofLine: line) else { return nil }
    return range.first { source.scalars[$0] != " " }.flatMap { source.scalars[$0] == "\t" ? $0 : nil }
  }

  /// Two texts that are none without quotes: `*.example.com`, and `${NAME}` inside of a list or map in brackets.
  private func missingQuotes(in source: SourceText) -> (String, Int)? {
    guard source.scalars.indices.contains(problemIndex) else { return nil }
    if context == "while scanning an alias", let contextIndex {
      return ("a text that begins with '*' wants quotes; without them it is an alias", contextIndex)
    }
    if problemIndex > 0, source.scalars[problemIndex] == "{", source.scalars[problemIndex - 1] == "$" {
      return ("inside of { } and [ ] a '${' wants quotes around the text", problemIndex - 1)
    }
    return nil
  }

  private func explanation(in source: SourceText) -> (String, Int) {
    let began = contextIndex ?? problemIndex
    if let slip = missingQuotes(in: source) { return slip }
    switch problem {
    case "found unexpected end of stream" where context.contains("quoted"):
      return ("this quoted text is never closed", began)
    case "found unexpected document indicator" where context.contains("quoted"):
      return ("this quoted text is never closed", began)
    case "found character that cannot start any token":
      let found = source.scalars.indices.contains(problemIndex) ? String(source.scalars[problemIndex]) : ""
      return ("a value cannot begin with '\(found)'; put it in quotes", problemIndex)
    case "mapping values are not allowed in this context":
      return (
        "a ':' cannot stand here; look at the indentation, or put the text in quotes if the ':' belongs to it",
        problemIndex
      )
    case "could not find expected ':'":
      return ("a ':' and a space are missing after this key", began)
    case "did not find expected key":
      return ("a key is expected here; look at the indentation, and at brackets and quotes before it", problemIndex)
    case "did not find expected '-' indicator":
      return ("a '-' is expected here, as the lines before are a list; look at the indentation", problemIndex)
    case "block sequence entries are not allowed in this context":
      return ("a list cannot begin here; put its '-' on a line of its own", problemIndex)
    case "did not find expected ',' or ']'":
      return ("this list is never closed with ']', or a ',' is missing in it", began)
    case "did not find expected ',' or '}'":
      return ("this map is never closed with '}', or a ',' is missing in it", began)
    case "did not find expected node content":
      let isEnd = problemIndex >= source.scalars.count
      return (
        isEnd ? "a list or a map in brackets before it is never closed" : "a value is expected here", problemIndex
      )
    case "found unknown escape character":
      return ("this escape is not known; write '\\\\' for a backslash, or use single quotes", problemIndex)
    case "did not find expected <document start>":
      return ("one file holds one map; this line belongs to nothing before it, look at its indentation", problemIndex)
    case "did not find expected alphabetic or numeric character":
      return ("an anchor or an alias wants a name of letters, digits, '-' and '_'", problemIndex)
    case "found undefined tag handle":
      return ("this tag is not known; put the text in quotes if the '!' belongs to it", problemIndex)
    case "found incompatible YAML document":
      return ("this file says that it is of another YAML version than 1.1 or 1.2", problemIndex)
    default:
      return ("this is not YAML: \(problem)\(context.isEmpty ? "" : " (\(context))")", problemIndex)
    }
  }
}
