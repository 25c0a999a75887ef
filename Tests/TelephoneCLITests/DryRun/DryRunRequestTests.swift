import Foundation
import Testing

@Suite("telephone dry-run: requests")
struct DryRunRequestTests {
  @Test func `the traversal of a pasted curl line ends at verify-jwt`() async throws {
    let api = try PublicAPI()
    let result = try await api.dryRun(
      "--curl", "curl -H 'Authorization: Bearer x' https://api.example.com/api/v1/%2e%2e/users")
    #expect(result.code == 0)
    #expect(result.output.contains("GET /api/v1/%2e%2e/users through public-api"))
    #expect(result.output.contains("~ target: /api/v1/%2e%2e/users -> /api/users"))
    #expect(result.output.contains("HTTP 401 Unauthorized"))
    #expect(result.output.contains("refused (token-malformed), decided by verify-jwt on /api/users"))
    #expect(!(result.output + result.errors).contains("Bearer x"))
  }

  @Test func `the same on the pipeline of the shelf`() async throws {
    let result = try await Program().run(
      "dry-run", "pipelines/public-api.yaml", "--curl",
      "curl -H 'Authorization: Bearer x' https://api.example.com/api/v1/%2e%2e/users")
    #expect(result.code == 0)
    #expect(result.output.contains("HTTP 401 Unauthorized"))
    #expect(result.output.contains("decided by verify-jwt on /api/users"))
  }

  @Test func `several requests become a table, one line each, in the order of files and lines`() async throws {
    let api = try PublicAPI()
    let http = try api.folder.write("### Users\nGET https://x/api/users\n###\nGET https://x/a\n", to: "a.http")
    let json = try api.folder.write(#"{"method": "DELETE", "target": "/b"}"#, to: "b.json")
    let result = try await api.dryRun("--curl", "curl -X PUT http://x/c -d 1", "--request", http, "--request", json)
    #expect(result.code == 0)
    let lines = result.output.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
    #expect(lines.count == 5)
    #expect(
      lines.map { $0.prefix(4).joined(separator: " ") }.dropFirst() == [
        "1 GET /api/users 401", "2 GET /a 200", "3 DELETE /b 200", "4 PUT /c 200",
      ])
    #expect(lines[1].contains("verify-jwt"))
    #expect(lines[1].last == "Users")
    #expect(lines[2].contains("forward"))
  }

  @Test func `all entries of a HAR, with what is not in it said once`() async throws {
    let api = try PublicAPI()
    let entry =
      #"{"request": {"method": "POST", "url": "https://x/a", "headers": [{"name": "Connection", "value": "close"}], "bodySize": 0}}"#
    let har = try api.folder.write(#"{"log": {"entries": [\#(entry), \#(entry)]}}"#, to: "s.har")
    let result = try await api.dryRun("--request", har)
    #expect(result.code == 0)
    #expect(result.output.split(separator: "\n").count == 3)
    #expect(result.output.contains("s.har entry 2"))
    #expect(result.errors.contains("note: request 1, 2: A gateway does not pass these fields on: Connection."))
  }

  @Test func `requests come from a folder and from standard input, and take fields of -H`() async throws {
    let api = try PublicAPI()
    let pipelines = api.folder.path
    _ = try api.folder.write(#"{"target": "/1"}"#, to: "1.json")
    _ = try api.folder.write("curl http://x/2", to: "2.curl")
    let folder = try await api.dryRun("--request", pipelines, "-H", "X-Added: 1", "--format", "json")
    #expect(folder.code == 0)
    #expect(folder.output.contains(#""target" : "\/1""#) || folder.output.contains(#""target" : "/1""#))
    #expect(folder.output.contains("X-Added"))
    let input = try await api.dryRun("--request", "-", input: Array("GET http://x/from-stdin\n".utf8))
    #expect(input.output.contains("GET /from-stdin through"))
  }

  @Test func `a recorded exchange is sent again`() async throws {
    let api = try PublicAPI()
    let file = try api.folder.write(
      #"{"telephone": "exchange/1", "id": "e-7", "request": {"method": "POST", "scheme": "https", "authority": "api", "target": "/a/../b", "fields": [["X", "1"]], "body": "hi", "body-octets": 2}, "outcome": {"kind": "delivered"}}"#,
      to: "e-7.json")
    let result = try await api.dryRun("--request", file)
    #expect(result.output.contains("POST /a/../b (e-7) through public-api"))
    #expect(result.output.contains("delivered, decided by forward"))
  }

  @Test(arguments: [
    (["--curl", "curl 'http://x/"], "--curl:1:6: This single quote is never closed."),
    (["--curl", "curl --frobnicate http://x/"], "curl's option '--frobnicate' is not supported"),
    (["--request", "/no/such.har"], "/no/such.har: The file cannot be read: No such file or directory."),
    (["--curl", "curl http://x/", "--target", "/"], "--target describes one request"),
    (["--target", "/a b"], "--target must be a path and a query"),
    (["--scheme", "ftp"], "--scheme must be http or https"),
    (["--repeat", "0"], "--repeat 0"), (["--repeat", "10001"], "--repeat 10001 of 1 request"),
    (["--advance", "soon"], "'soon' is no duration; write 250ms, 2s or 1m30s."),
    (
      ["--client-address", "300.1.1.1"], "--client-address must be an IP address such as 203.0.113.7, not '300.1.1.1'."
    ),
    (["--authority", "a b"], "--authority must be a host such as example.com:8080, not 'a b'."),
    (["-H", "a b: c"], "-H has a name that is none, 'a b' (RFC 9110, 5.1)."),
    (["-H", "a"], "-H must be 'Name: value'."),
    (["--curl", "curl http://[::1/"], "has a host that is none"),
    (["--at", "2026-02-30"], "--at '2026-02-30' is no date"),
    (["--at=-9223372036854775808"], "--at '-9223372036854775808' is no date"),
    (["--at", "yesterday"], "--at 'yesterday' is no date"), (["--show", "2"], "--show 2: there are only 1 requests."),
    (["--jwks", "keys.json"], "--jwks must be URL=FILE"),
    (["--jwks", "https://x/k=/no/such"], "--jwks: the file '/no/such' cannot be read."),
    (["--stub-fail-at", "99999"], "--stub-fail-at 99999: the stub's body has only"),
    (["--stub-fail-at", "tail"], "--stub-fail-at takes 'head'"), (["--stub-chunks", "0"], "at least 1 octet"),
    (["--stub-chunks", "many"], "'many' is no size"), (["--stub-pause", "1s"], "give --stub-chunks, too"),
    (["--stub-field", "no colon"], "--stub-field must be 'Name: value'."),
    (["--stub-body", "a", "--stub-body-file", "b"], "exclude each other"),
    (["--stub-body-file", "/no/such"], "--stub-body-file /no/such cannot be read"),
    (["--stub", "/no/such"], "--stub /no/such cannot be read"),
    (["--stub", "x", "--stub-status", "500"], "--stub-status cannot stand beside --stub"),
    (["--backend", "live", "--stub-status", "500"], "--stub-status has no effect on live backends"),
    (["--backend", "live", "--advance", "1s"], "--advance has no effect on live backends"),
    (["--compare", "x.yaml", "--format", "html"], "--compare is written as text or json"),
    (["--backend", "live", "--repeat", "2"], "--repeat is for the stub and cannot stand beside '--backend live'."),
    (["--compare", "x.yaml", "--explain"], "--explain shows one file"),
  ])
  func `what cannot be used ends with 64 and a sentence`(flags: [String], sentence: String) async throws {
    let api = try PublicAPI()
    let result = try await Program().run(arguments: ["dry-run", api.file] + flags)
    #expect(result.code == 64)
    #expect(result.errors.contains(sentence), "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  @Test func `a body has no more than 64 MiB, wherever it comes from`() async throws {
    let api = try PublicAPI()
    let body = try api.folder.write("", to: "body.bin")
    let file = try #require(FileHandle(forWritingAtPath: body))
    try file.truncate(atOffset: 64 << 20 + 1)
    try file.close()
    let large = try await api.dryRun("--body", body)
    #expect(large.code == 64)
    #expect(large.errors.contains("--body \(body) has more than 64MiB."))
    let folder = try await api.dryRun("--body", api.folder.path)
    #expect(folder.code == 64 && folder.errors.contains("The body cannot be read from"))
  }

  /// A pipeline whose first step is for one host only.
  private static func pipeline(in folder: borrowing TemporaryFolder) throws -> String {
    try folder.write(
      """
      pipeline: hosts
      stages:
        - { stage: limit-body, when: { host: api.example.com }, with: { max: 4B } }
        - { stage: forward, with: { to: "http://127.0.0.1:9" } }
        - emit-chunks
      """, to: "hosts.yaml")
  }

  @Test func `Host of -H is the authority, and what is for one connection is left out and named`() async throws {
    let folder = try TemporaryFolder()
    let file = try Self.pipeline(in: folder)
    let note = "note: A gateway does not pass these fields on: Connection, X-Foo."
    let fields = ["-H", "Host: api.example.com", "-H", "Connection: X-Foo", "-H", "X-Foo: 1", "-H", "X-Bar: 2"]
    let one = try await Program().run(arguments: ["dry-run", file, "--explain"] + fields)
    #expect(one.output.contains("the host is api.example.com"), "\(one.output)")
    #expect(one.errors.contains(note), "\(one.errors)")

    let json = try folder.write(#"{"target": "/", "authority": "other", "fields": {"X-Foo": "0"}}"#, to: "r.json")
    let read = try await Program().run(arguments: ["dry-run", file, "--explain", "--request", json] + fields)
    #expect(read.output.contains("the host is api.example.com"), "\(read.output)")
    #expect(read.errors.contains(note), "\(read.errors)")
    let shown = try await Program().run(
      arguments: ["dry-run", file, "--format", "json", "--request", json] + fields)
    #expect(shown.output.contains("X-Bar"))
    for name in ["\"Host\"", "\"Connection\"", "\"X-Foo\""] { #expect(!shown.output.contains(name), "\(name)") }

    let authority = try await Program().run(arguments: ["dry-run", file, "--explain", "--authority", "x"] + fields)
    #expect(authority.output.contains("the host is x"))
  }

  @Test func `-H makes a body come in chunks, and a request ask for a WebSocket`() async throws {
    let api = try PublicAPI()
    let json = try api.folder.write(#"{"target": "/", "body": "abc"}"#, to: "r.json")
    let body = try api.folder.write("abc", to: "body.txt")
    for source in [["--body", body], ["--request", json]] {
      let flags = ["dry-run", api.file, "--format", "json"] + source
      let plain = try await Program().run(arguments: flags)
      #expect(plain.output.contains("\"Content-Length\""), "\(plain.output)")
      let chunked = try await Program().run(arguments: flags + ["-H", "Transfer-Encoding: chunked"])
      #expect(!chunked.output.contains("\"Transfer-Encoding\""), "\(chunked.output)")
      let socket = try await Program().run(
        arguments: flags + ["-H", "Upgrade: websocket", "-H", "Sec-WebSocket-Key: abc"])
      #expect(!socket.output.contains("\"Sec-WebSocket-Key\""), "\(socket.output)")
      #expect(socket.output.contains("It asks for a WebSocket"), "\(socket.output)")
    }
  }

  @Test func `a HAR that is cut short, and a folder without requests`() async throws {
    let api = try PublicAPI()
    let har = try api.folder.write(#"{"log": {"entries": [{"request": {"method": "GET", "#, to: "cut.har")
    let cut = try await api.dryRun("--request", har)
    #expect(cut.code == 64)
    #expect(cut.errors.contains("cut.har:1:52: It ends in the middle of the JSON in /log/entries/0/request"))
    let empty = try TemporaryFolder()
    let none = try await api.dryRun("--request", empty.path)
    #expect(none.code == 64)
    #expect(none.errors.contains("There is no file of requests"))
  }

  @Test func `a pipeline file with problems ends with 1`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("pipeline: x\nstages: [nonsense]\n", to: "x.yaml")
    let result = try await Program().run("dry-run", file)
    #expect(result.code == 1)
    #expect(result.errors.contains("unknown stage 'nonsense'"))
  }
}
