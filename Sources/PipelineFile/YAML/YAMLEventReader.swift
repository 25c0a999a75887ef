import CLibYAML

/// libyaml's event stream over a text in memory.
struct YAMLEventReader: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>

  /// - Parameter octets: UTF-8 without a byte order mark; they must outlive the reader.
  init?(octets: UnsafeBufferPointer<UInt8>) {
    parser = .allocate(capacity: 1)
    guard yaml_parser_initialize(parser) == 1 else {
      parser.deallocate()
      return nil
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, octets.baseAddress, octets.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  /// The next event. None may be asked for after the end of the stream or an error.
  mutating func next() throws(YAMLSyntaxError) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError }
    defer { yaml_event_delete(&event) }
    let start = Int(event.start_mark.index)
    return YAMLEvent(kind: Self.kind(of: event), span: start..<max(start, Int(event.end_mark.index)))
  }

  private static func kind(of event: yaml_event_t) -> YAMLEvent.Kind {
    switch event.type {
    case YAML_STREAM_START_EVENT: return .streamStart
    case YAML_DOCUMENT_START_EVENT: return .documentStart
    case YAML_DOCUMENT_END_EVENT: return .documentEnd
    case YAML_ALIAS_EVENT: return .alias(text(event.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let octets = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      return .scalar(
        String(decoding: octets, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE,
        YAMLProperties(anchor: text(scalar.anchor), tag: text(scalar.tag)))
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      return .sequenceStart(YAMLProperties(anchor: text(start.anchor), tag: text(start.tag)))
    case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      return .mappingStart(YAMLProperties(anchor: text(start.anchor), tag: text(start.tag)))
    case YAML_MAPPING_END_EVENT: return .mappingEnd
    default: return .streamEnd
    }
  }

  private static func text(_ octets: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    octets.map { String(cString: $0) }
  }

  private var syntaxError: YAMLSyntaxError {
    let state = parser.pointee
    let context = state.context.map { String(cString: $0) }
    return YAMLSyntaxError(
      problem: state.problem.map { String(cString: $0) } ?? "out of memory", context: context ?? "",
      problemIndex: Int(state.problem_mark.index), contextIndex: context.map { _ in Int(state.context_mark.index) },
      octet: state.error == YAML_READER_ERROR ? Int(state.problem_offset) : nil)
  }
}
