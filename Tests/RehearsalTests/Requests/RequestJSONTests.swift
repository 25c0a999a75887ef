import HTTPTypes
import NIOCore
import Rehearsal
import Testing

@Suite struct RequestJSONTests {
  @Test func `a request by hand needs a target only`() throws {
    let plain = try Requests.one(#"{"target": "/a?b"}"#, in: "a.json")
    #expect(plain.method == .get)
    #expect(plain.authority == "localhost")
    #expect(plain.clientAddress == "127.0.0.1")
    let full = try Requests.one(
      #"""
      { "name": "mine", "method": "put", "scheme": "https", "authority": "x", "target": "/../a", "client-address": "203.0.113.7",
        "fields": { "Accept": "text/html", "X-Two": ["1", "2"] }, "body": "hällo" }
      """#, in: "a.json")
    #expect(full.name == "mine")
    #expect(full.method.rawValue == "put")
    #expect(full.clientAddress == "203.0.113.7")
    #expect(full.lines == ["Accept: text/html", "X-Two: 1", "X-Two: 2", "Content-Length: 6"])
    #expect(full.text == "hällo")
  }

  @Test func `a list of requests, with a body of any octets, a Host and trailers`() throws {
    let drafts = try Requests.all(
      #"[{"target": "/", "body-base64": "AP8B"}, {"target": "/", "fields": [["Host", "h"], ["A", "1"]], "trailers": [["T", "1"]], "body": ""}]"#,
      in: "dir/list.json")
    #expect(drafts.map(\.name) == ["list.json entry 1", "list.json entry 2"])
    #expect(drafts[0].method == .post)
    #expect(Array(drafts[0].body.readableBytesView) == [0, 255, 1])
    #expect(drafts[1].authority == "h")
    #expect(drafts[1].lines == ["A: 1"])
    #expect(drafts[1].trailers?.count == 1)
  }

  @Test func `what is for one connection is left out and named, as of all sources`() throws {
    let draft = try Requests.one(
      #"{"target": "/", "fields": {"Host": "h", "Connection": "X-Hop", "X-Hop": "1", "Keep-Alive": "5", "A": "1"}}"#,
      in: "a.json")
    #expect(draft.authority == "h")
    #expect(draft.lines == ["A: 1"])
    #expect(draft.notes == ["A gateway does not pass these fields on: Connection, X-Hop, Keep-Alive."])
    let chunked = try Requests.one(
      #"{"target": "/", "fields": {"Transfer-Encoding": "chunked"}, "body": "abc"}"#, in: "a.json")
    #expect(chunked.lines == [] && chunked.text == "abc")
    let socket = try Requests.one(
      #"{"target": "/", "fields": {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}}"#, in: "a.json")
    #expect(socket.asksForWebSocket && socket.lines == [])
    #expect(try Requests.one(#"{"target": "/", "websocket": true}"#, in: "a.json").notes == [])
  }

  @Test func `of a recorded exchange the request is taken, as it was`() throws {
    let draft = try Requests.one(
      #"""
      { "telephone": "exchange/1", "id": "e-1", "at": "2026-11-28T12:00:00.000Z", "pipeline": "public-api",
        "request": { "method": "POST", "scheme": "https", "authority": "api.example.com", "target": "/x?y=1",
          "client-address": "203.0.113.7", "fields": [["Content-Length", "123"], ["X", "a"], ["X", "b"]], "body": "abc",
          "body-octets": 123, "body-is-cut": true, "trailers": [] },
        "response": { "status": 200 }, "outcome": { "kind": "delivered" }, "duration-ms": 12.3 }
      """#, in: "e-1.json")
    #expect(draft.name == "e-1")
    #expect(draft.lines == ["Content-Length: 123", "X: a", "X: b"])
    #expect(draft.notes == ["The recording holds only the first 3 of 123 octets of its body."])
    let chunked = try Requests.one(
      #"{"telephone": "exchange/1", "request": {"target": "/", "body": "abc", "body-octets": 3}}"#, in: "e.json")
    #expect(chunked.fields.isEmpty)
  }

  @Test(arguments: [
    ("{}", "a.json:1:1: This request has no 'target'"),
    ("[]", "a.json: There is no request in it."),
    ("[1]", "a.json:1:2: A request is an object, not a number."),
    (#"{"target": "/", "tragte": "/"}"#, "a.json:1:17: A request has no 'tragte': did you mean 'target'?"),
    (#"{"target": "a b"}"#, "'target' is a path and a query without spaces"),
    (#"{"target": 5}"#, "'target' is a path"),
    (#"{"target": "/", "method": "A B"}"#, "'method' must be a token"),
    (#"{"target": "/", "method": 1}"#, "'method' is a method, not a number."),
    (#"{"target": "/", "scheme": "ftp"}"#, "'scheme' is http or https."),
    (#"{"target": "/", "fields": "A: b"}"#, "'fields' is a list of pairs"),
    (#"{"target": "/", "fields": [["A"]]}"#, "A field is a pair"),
    (#"{"target": "/", "fields": {"A": 1}}"#, "The value of a field is text, not a number."),
    (#"{"target": "/", "fields": {"A B": ""}}"#, "'A B' is no field name"),
    (#"{"target": "/", "fields": {"A": "\u0000"}}"#, "control character"),
    (#"{"target": "/", "body": {"a": 1}}"#, "'body' is text; write other octets as 'body-base64', not an object."),
    (#"{"target": "/", "body": "a", "body-base64": "AA=="}"#, "exclude each other"),
    (#"{"target": "/", "body-base64": "%"}"#, "is not base64"),
    (#"{"target": "/", "websocket": "yes"}"#, "'websocket' is true or false, not text."),
    (
      #"{"telephone": "exchange/2", "request": {"target": "/"}}"#,
      "This program reads \"telephone\": \"exchange/1\" only"
    ),
    (#"{"telephone": "exchange/1"}"#, "This exchange has no 'request'."),
    (#"{"request": 5}"#, "'request' is an object, not a number."),
    (#"{"target": "/", "target": "/"}"#, "a.json:1:17: 'target' stands here a second time."),
    (#"{"target": "/"} x"#, "a.json:1:17: Something stands behind the end of the JSON."),
    (#"{"target": "\q"}"#, "JSON has no such escape in /target."),
    ("{\"target\": \"\n\"}", "a.json:1:13: A control character in text"),
    (#"{"target": /}"#, "a.json:1:12: This is no JSON value; write text in quotes"),
    (#"{target: "/"}"#, "A name in quotes must stand here"),
    (#"{"target" "/"}"#, "A colon must stand here"),
    (#"{"target": "/",}"#, "A name in quotes must stand here"),
    (#"[{"target": "/"} {"target": "/"}]"#, "A comma or a ']' must stand here"),
    (#"{"target": "/", "a": nul}"#, "This is no JSON value"),
    (#"{"target": "/", "a": 01}"#, "A comma or a '}' must stand here"),
    (#"{"target": "/", "a": "\u12"}"#, "Four hexadecimal digits"),
    ("{\"target\":\n \"/", "a.json:2:4: It ends in the middle of the JSON"),
  ])
  func `JSON with a fault`(text: String, expected: String) {
    let found = Requests.problem(text, in: "a.json")
    #expect(found?.contains(expected) == true, "\(found ?? "no problem") for \(text)")
  }

  @Test func `a name and a message hold no control character, which a terminal would obey`() throws {
    let draft = try Requests.one(#"{"target": "/", "name": "a\u001b[31mb"}"#, in: "a.json")
    #expect(draft.name == "a\u{FFFD}[31mb")
    #expect(Requests.problem(#"{"target": "/", "a\u001bb": 1}"#, in: "a.json")?.contains("'a\u{FFFD}b'") == true)
  }

  @Test func `octets that are no text, and what is too deep`() {
    let octets = Array(#"{"target": ""#.utf8) + [0xFF] + Array(#""}"#.utf8)
    #expect(Requests.problem(octets, in: "a.json")?.contains("This text is not UTF-8") == true)
    let deep = String(repeating: "[", count: 100_000)
    #expect(Requests.problem(deep, in: "a.json")?.contains("nested more than 128 deep") == true)
  }
}
