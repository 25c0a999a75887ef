import Testing

@testable import KeySets

@Suite struct StrictJSONTests {
  private func read(_ text: String) -> Result<StrictJSON.Object, StrictJSON.Fault> {
    Result { () throws(StrictJSON.Fault) in try StrictJSON.object(Array(text.utf8)) }
  }

  @Test func `values of all sorts are read`() throws {
    let text = "\t{ \"a\" : [ 1 , -0.5e-1, \"\\u00e4\\ud83d\\ude00\\\\\\/\\b\" ] ,\r\n\"b\":{\"c\":null,\"\":true} } "
    let object = try read(text).get()
    #expect(object["a"] == .array([.number(1, text: "1"), .number(-0.05, text: "-0.5e-1"), .string("ä😀\\/\u{8}")]))
    #expect(object["b"]?.object?["c"] == .null)
    #expect(object["b"]?.object?[""] == .bool(true))
    #expect(object.names.sorted() == ["a", "b"])
    #expect(object["B"] == nil)
  }

  @Test(arguments: [
    "", " ", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}", "{a:1}", "{\"a\":[1,]}",
    "{\"a\":[1}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":+1}", "{\"a\":1e}", "{\"a\":-}", "{\"a\":0x1}",
    "{\"a\":tru}", "{\"a\":True}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\u+123\"}",
    "{\"a\":\"\\ud800\"}", "{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"\\udc00\"}", "{\"a\":\"", "{\"a\":\"\\", "{} x",
    "{}{}",
    "\u{FEFF}{}", "{\"a\":1}\u{0}", "{\"a\":Infinity}", "{\"a\"\u{A0}:1}",
  ])
  func `what RFC 8259 does not allow is refused`(_ text: String) {
    #expect(read(text) == .failure(.syntax))
  }

  @Test func `octets that are not UTF-8 are refused`() {
    #expect(throws: StrictJSON.Fault.syntax) {
      try StrictJSON.object(Array("{\"a\":\"".utf8) + [0xC3] + Array("\"}".utf8))
    }
  }

  @Test func `names are the same when their octets are`() {
    #expect(read(#"{"a":1,"\u0061":2}"#) == .failure(.repeatedName))
    #expect(read(#"{"x":{"a":1,"a":1}}"#) == .failure(.repeatedName))
    #expect((try? read(#"{"\u00e9":1,"e\u0301":2}"#).get())?.count == 2)
  }

  @Test func `depth is bounded`() {
    func nested(_ depth: Int) -> String {
      #"{"a":"# + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
    }
    #expect((try? read(nested(StrictJSON.maximumDepth)).get())?.count == 1)
    #expect(read(nested(StrictJSON.maximumDepth + 1)) == .failure(.tooDeep))
    #expect(read("[]") == .failure(.notAnObject))
  }

  @Test func `base64url has one spelling for each octet string`() {
    for (octets, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")] {
      #expect(Base64URL.encode(Array(octets.utf8)) == text)
      #expect(Base64URL.decode(Array(text.utf8)[...]) == Array(octets.utf8))
    }
    #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
    for text in ["Zh", "Zm9=", "Zg==", "Z", "Zm9vY", "Zm 9", "+_8", "-/8", "Zm9\n", "Zm8é"] {
      #expect(Base64URL.decode(Array(text.utf8)[...]) == nil)
    }
  }
}
