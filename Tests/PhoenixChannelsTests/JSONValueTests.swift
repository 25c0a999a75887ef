import Testing

@testable import PhoenixChannels

@Suite struct JSONValueTests {
  static let texts: [(String, JSONValue)] = [
    ("null", .null), ("true", true), (" [ ] ", []), ("{}", [:]), ("0", 0), ("-0", 0), ("12", 12),
    ("9223372036854775807", .integer(.max)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
    ("1.5e2", .number(150)), ("-1E-2", .number(-0.01)), (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{C}\n\r\tz"),
    (#""\u00e9\ud83d\ude00""#, "é😀"), (#"{"a":1,"a":2}"#, ["a": 2]),
    (#"[{"a":[null,{"b":"c"}]},2]"#, [["a": [nil, ["b": "c"]]], 2]),
  ]

  @Test(arguments: texts)
  func `text is read`(text: String, value: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == value)
  }

  @Test(arguments: [
    "", " ", "nul", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "01", "1.", ".5", "1e", "+1", "--1",
    "\"a",
    "\"\u{1}\"", #""\x""#, #""\u12""#, #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, "[1] 2", "1e999", "[", "{",
    "NaN",
  ])
  func `what is not JSON is refused`(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func `nesting is bounded`() throws {
    let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    #expect(throws: Never.self) { try JSONValue(parsing: deep) }
    for count in [65, 1_000_000] {
      let error = #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: count)) }
      #expect(error == JSONError(kind: .tooDeep, offset: 64))
    }
  }

  @Test func `arrays, objects and values are counted, and bounded`() throws {
    let objects = String(repeating: #"{"":0},"#, count: 1_000_000)
    let many = #expect(throws: JSONError.self) { try JSONValue(parsing: "[\(objects)0]") }
    // The array is one, too.
    #expect(many == JSONError(kind: .tooMany, offset: 1 + 7 * (JSONValue.maxContainers - 1)))
    let numbers = "[" + String(repeating: "0,", count: JSONValue.maxValues - 2) + "0"
    #expect(throws: Never.self) { try JSONValue(parsing: numbers + "]") }
    let more = #expect(throws: JSONError.self) { try JSONValue(parsing: numbers + ",0]") }
    #expect(more?.kind == .tooMany)
  }

  @Test func `a value is written compactly, with its names in order`() throws {
    let value: JSONValue = ["b": [1, 2.5, nil, true], "a": "x\"\n\u{1}/é", "c": .number(.infinity)]
    #expect(value.text == #"{"a":"x\"\n\u0001/é","b":[1,2.5,null,true],"c":null}"#)
  }

  @Test func `every octet of text survives`() throws {
    let all = String(String.UnicodeScalarView((0...0x2FFF).compactMap { Unicode.Scalar($0) }))
    #expect(try JSONValue(parsing: JSONValue.string(all).text) == .string(all))
  }

  @Test func `members are reached by their kind`() {
    let value: JSONValue = ["s": "x", "i": 3, "n": .number(4), "b": true, "o": ["k": nil], "a": [1]]
    #expect(value["s"]?.stringValue == "x")
    #expect(value["i"]?.integerValue == 3)
    #expect(value["n"]?.integerValue == 4)
    #expect(value["b"]?.boolValue == true)
    #expect(value["o"]?.objectValue == ["k": nil])
    #expect(value["a"]?.arrayValue == [1])
    #expect(value["s"]?.integerValue == nil)
    #expect(value["missing"] == nil)
    #expect(JSONValue.string("x")["s"] == nil)
  }
}

/// The octets of strings that need no look one by one.
@Suite struct JSONPlainTextTests {
  @Test func `a run ends at the first octet that does not stand for itself`() {
    let plain = Array("aé語😀\u{7F} ~zaé語😀!#[]".utf8)
    for count in 0...plain.count {
      for special in [0x22, 0x5C, 0x00, 0x0A, 0x1F] as [UInt8] {
        let octets = plain[..<count] + [special] + plain
        Array(octets).withUnsafeBufferPointer { buffer in
          for start in 0...count { #expect(JSONPlainText.end(in: buffer, from: start) == count) }
        }
      }
    }
    plain.withUnsafeBufferPointer { buffer in
      for start in 0...plain.count { #expect(JSONPlainText.end(in: buffer, from: start) == plain.count) }
    }
  }

  @Test func `an escape is read and written at every place of a string`() throws {
    let escapes = [("\"", #"\""#), ("\\", #"\\"#), ("\u{1}", #"\u0001"#), ("\u{1F}", #"\u001f"#), ("\n", #"\n"#)]
    for count in 0...20 {
      let before = String(repeating: "x", count: count)
      for (plain, escaped) in escapes {
        let value = JSONValue.string(before + plain + "yéz")
        #expect(value.text == "\"\(before)\(escaped)yéz\"")
        #expect(try JSONValue(parsing: value.text) == value)
        #expect(throws: JSONError.self) { try JSONValue(parsing: "\"\(before)\u{1F}yz\"") }
        #expect(throws: JSONError.self) { try JSONValue(parsing: "\"\(before)\(escaped)yz") }
      }
    }
  }
}
