/// An event of libyaml's parser. Places are counted in Unicode scalars from the start of the text.
struct YAMLEvent {
  enum Kind {
    case streamStart
    case streamEnd
    case documentStart
    case documentEnd
    case alias(String)
    case scalar(String, isPlain: Bool, YAMLProperties)
    case sequenceStart(YAMLProperties)
    case sequenceEnd
    case mappingStart(YAMLProperties)
    case mappingEnd
  }

  var kind: Kind
  var span: Range<Int>
}

/// What can stand before a node (YAML 1.2.2, 6.9).
struct YAMLProperties {
  var anchor: String?
  var tag: String?
}

/// What libyaml says when it gives up.
struct YAMLSyntaxError: Error {
  /// libyaml's own words, such as `mapping values are not allowed in this context`.
  var problem: String
  /// What it was doing, such as `while scanning a quoted scalar`.
  var context: String
  /// Where it gave up, and where that which it was reading began, in scalars.
  var problemIndex: Int
  var contextIndex: Int?
  /// Where it gave up, in octets, if it could not even read the characters.
  var octet: Int?
}
