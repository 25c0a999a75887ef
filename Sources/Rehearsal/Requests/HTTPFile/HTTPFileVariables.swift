import PipelineFile

/// The variables of a `.http` file: `@name = value` on a line of its own, and `{{name}}` where it is used, also in the
/// value of another. They hold in the whole file.
struct HTTPFileVariables {
  /// How deep values may refer to each other.
  private static let mostDeep = 16

  private let source: RequestSource
  private var lines: [String: (value: String, offset: Int)] = [:]
  /// What all that is put in may still add up to.
  private var octetsLeft = RequestFile.mostOctets

  init(of source: RequestSource) { self.source = source }

  /// The last line of a name counts.
  mutating func define(_ line: HTTPFileLine) throws(RequestProblem) {
    guard let (name, value) = line.variable, !name.isEmpty, !name.contains(where: { " \t{}".contains($0) }) else {
      throw source.problem("A line that begins with '@' is '@name = value'.", at: line.offset)
    }
    lines[name] = (value, line.offset)
  }

  /// What a reference costs beside its value, in octets: a few empty names in a row could stand for each other millions of
  /// times.
  private static let costOfReference = 64

  /// A text with the values in the places of the names.
  mutating func expand(_ text: String, at offset: Int, depth: Int = 0) throws(RequestProblem) -> String {
    var expanded = ""
    var rest = text[...]
    while let open = rest.firstRange(of: "{{") {
      guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
        throw source.problem("A '{{' in this line is never closed with '}}'.", at: offset)
      }
      let name = rest[open.upperBound..<close.lowerBound].trimming { $0 == " " || $0 == "\t" }
      let value = try value(of: name, at: offset, depth: depth)
      octetsLeft -= value.utf8.count + Self.costOfReference
      guard octetsLeft >= 0 else {
        throw source.problem("The values of the variables come to more than 64MiB.", at: offset)
      }
      expanded += rest[..<open.lowerBound] + value
      rest = rest[close.upperBound...]
    }
    return expanded + rest
  }

  private mutating func value(of name: String, at offset: Int, depth: Int) throws(RequestProblem) -> String {
    guard let line = lines[name] else {
      if name.hasPrefix("$") || name.hasPrefix("%") {
        throw source.problem(
          "{{\(name.prefix(64))}} is made anew by an editor for each request; write a value in its place.", at: offset)
      }
      let hint = NearestName.to(name, among: lines.keys.sorted()).map { "; did you mean '\($0)'?" }
      throw source.problem(
        "The variable '\(name.prefix(64))' is not known in this file\(hint ?? "; add a line '@\(name.prefix(64)) = …'.")",
        at: offset)
    }
    guard depth < Self.mostDeep else {
      throw source.problem(
        "The value of '\(name.prefix(64))' leads back to itself, or through too many others.", at: line.offset)
    }
    return try expand(line.value, at: line.offset, depth: depth + 1)
  }
}
