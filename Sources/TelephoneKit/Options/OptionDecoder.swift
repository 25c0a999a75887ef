/// Hands options that were read already to the initializer that the compiler writes for a ``StageOptions`` struct.
struct OptionDecoder: Decoder {
  let values: [String: any DeclaredOption]
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(Container(values: values))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw undeclared("a list") }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { throw undeclared("a single value") }

  private func undeclared(_ what: String) -> DecodingError {
    .dataCorrupted(.init(codingPath: [], debugDescription: "Stage options are a struct of @Option, not \(what)."))
  }

  private struct Container<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let values: [String: any DeclaredOption]
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { values.keys.compactMap(Key.init(stringValue:)) }

    func contains(_ key: Key) -> Bool { values[key.stringValue] != nil }

    func decodeNil(forKey key: Key) throws -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
      guard let value = values[key.stringValue] as? T else { throw undeclared(key) }
      return value
    }

    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { throw undeclared(key) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw undeclared(key) }

    func superDecoder() throws -> any Decoder { throw undeclared(nil) }

    func superDecoder(forKey key: Key) throws -> any Decoder { throw undeclared(key) }

    private func undeclared(_ key: Key?) -> DecodingError {
      .dataCorrupted(
        .init(
          codingPath: [],
          debugDescription: "Declare '\(key?.stringValue ?? "every property")' of the stage's options with @Option."))
    }
  }
}
