import HTTPTypes
import NIOCore
import Rehearsal
import Testing

@Suite struct HTTPFileTests {
  @Test func `requests stand between lines of three signs, with names, fields and bodies`() throws {
    let drafts = try Requests.all(
      """
      @host = api.example.com
      @base = https://{{ host }}

      ### List the users
      # a comment
      GET {{base}}/users
        ?page=2
        &q={{host}} HTTP/1.1
      Accept: text/html
      // another comment
      X-Base: {{base}}

      ###
      # @name make
      POST {{base}}/api/../users HTTP/1.1
      content-type: application/json

      {
        "host": "{{host}}"
      }

      > {% client.test("x", () => {}) %}
      ### only a URL
      https://example.com/%2e%2e
      """, in: "a.http")
    #expect(drafts.map(\.name) == ["List the users", "make", "only a URL"])
    #expect(drafts[0].target == "/users?page=2&q=api.example.com")
    #expect(drafts[0].lines == ["Accept: text/html", "X-Base: https://api.example.com"])
    #expect(drafts[1].method == .post)
    #expect(drafts[1].target == "/api/../users")
    #expect(drafts[1].text == "{\n  \"host\": \"api.example.com\"\n}")
    #expect(drafts[1].fields[.contentLength] == "31")
    #expect(drafts[1].notes == ["What is to be done with the answer is left out: line 22 of a.http and what follows."])
    #expect(drafts[2].method == .get)
    #expect(drafts[2].scheme == "https")
  }

  @Test func `a path needs a Host, and a handshake of a WebSocket is known`() throws {
    let path = try Requests.one("GET /a?b\nHost: example.com:8080\n", in: "a.rest")
    #expect(path.authority == "example.com:8080")
    #expect(path.target == "/a?b")
    #expect(path.fields.isEmpty)
    let socket = try Requests.one("WEBSOCKET ws://example.com/socket\n", in: "a.http")
    #expect(socket.asksForWebSocket)
    #expect(socket.scheme == "http")
  }

  @Test func `a form's lines are joined, and the lines of multipart end as they must`() throws {
    let form = try Requests.one(
      "POST http://x/\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na=1\r\n  &b=2\r\n\r\n", in: "a.http")
    #expect(form.text == "a=1&b=2")
    let parts = try Requests.one(
      "POST http://x/\nContent-Type: multipart/form-data; boundary=b\n\n--b\nContent-Disposition: form-data; name=\"a\"\n\n1\n--b--\n",
      in: "a.http")
    #expect(parts.text == "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n")
  }

  @Test func `a body can be a file, as it is or with variables`() throws {
    try Requests.withFolder { folder in
      try Requests.write([0, 255, 10], to: "\(folder)/raw")
      try Requests.write("Hello {{who}}\n".utf8, to: "\(folder)/text")
      let drafts = try Requests.all(
        "@who=Ann\nPOST http://x/\n\n< ./raw\n###\nPOST http://x/\n\n<@ text\n", in: "\(folder)/a.http")
      #expect(Array(drafts[0].body.readableBytesView) == [0, 255, 10])
      #expect(drafts[1].text == "Hello Ann\n")
      #expect(
        Requests.problem("POST http://x/\n\n<@ raw\n", in: "\(folder)/a.http")?.contains("The file is not UTF-8")
          == true)
    }
  }

  @Test(arguments: [
    ("", "a.http: There is no request in it."),
    ("### nothing\n@a = b\n", "There is no request in it."),
    ("GET\n", "a.http:1:1: This line names no URL."),
    (
      "GET http://{{a9}}/\n###\n@a0 =\n"
        + (1...9).map { "@a\($0) = \(String(repeating: "{{a\($0 - 1)}}", count: 32))\n" }.joined(),
      "The values of the variables come to more than 64MiB."
    ),
    ("GET http://x/ y\n", "The URL holds a space"),
    ("GET ftp://x/\n", "The URL must begin with http"),
    ("GET /a\n", "This URL is a path only; add a field 'Host: example.com'."),
    ("G@T http://x/\n", "'G@T' is no method token"),
    ("GET http://x/\nAccept\n", "a.http:2:1: A field 'Name: value' must stand here"),
    ("GET http://x/\na b: c\n", "'a b' is no field name"),
    ("GET http://x/\nA: \u{1}\n", "control character"),
    (
      "GET http://{{hots}}/\n###\n@host = x\n",
      "a.http:1:1: The variable 'hots' is not known in this file; did you mean 'host'?"
    ),
    ("GET http://x/{{$guid}}\n", "{{$guid}} is made anew by an editor"),
    ("GET http://x/{{a\n", "never closed with '}}'"),
    ("@a = {{b}}\n@b = {{a}}\nGET http://{{a}}/\n", "leads back to itself"),
    ("@a\nGET http://x/\n", "a.http:1:1: A line that begins with '@' is '@name = value'."),
    ("GRPC x/y\n", "GRPC is not supported"),
    ("GRAPHQL http://x/\n", "GRAPHQL is not supported"),
    ("import other.http\n", "name that file in a --request of its own"),
    ("curl http://x/\n", "belongs into a file that ends in .curl"),
    ("< {% request.variables.set('a', 'b') %}\nGET http://x/\n", "Scripts are not run"),
    ("POST http://x/\n\n< {% x %}\n", "a.http:3:1: Scripts are not run"),
    (
      "POST http://x/\n\n< ./no-such-file\n",
      "a.http:3:1: The file ./no-such-file cannot be read: No such file or directory."
    ),
    ("POST http://x/\nX-REQUEST-TYPE: GraphQL\n\n{}\n", "GraphQL is not made into a body"),
    ("GET http://x/\0\n", "a.http:1:1: This line holds a NUL."),
  ])
  func `a file that makes no request`(text: String, expected: String) {
    let found = Requests.problem(text, in: "a.http")
    #expect(found?.contains(expected) == true, "\(found ?? "no problem") for \(text)")
  }

  @Test func `octets that are no text, and values that grow without end`() {
    let octets = Array("POST http://x/\n\n".utf8) + [0xFF, 0x0A]
    #expect(Requests.problem(octets, in: "a.http")?.hasPrefix("a.http:3:1: This line is not UTF-8") == true)
    var bomb = "@v0 = 0123456789\n"
    for level in 1...10 { bomb += "@v\(level) = \(String(repeating: "{{v\(level - 1)}}", count: 10))\n" }
    let found = Requests.problem(bomb + "GET http://x/{{v10}}\n", in: "a.http")
    #expect(found?.contains("more than 64MiB") == true)
  }
}
