import HTTPTypes
import NIOCore
import Rehearsal
import Testing

@Suite struct CurlTests {
  private func one(_ line: String) throws -> RequestDraft {
    let drafts = try RequestFile.read(curl: line)
    #expect(drafts.count == 1)
    return try #require(drafts.first)
  }

  private func problem(_ line: String) -> String? {
    do {
      _ = try RequestFile.read(curl: line)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func `a traversal arrives as it was pasted, which curl itself would not send`() throws {
    let draft = try one("curl -H 'Authorization: Bearer x' https://api.example.com/api/v1/%2e%2e/../users#top")
    #expect(draft.method == .get)
    #expect(draft.scheme == "https")
    #expect(draft.authority == "api.example.com")
    #expect(draft.target == "/api/v1/%2e%2e/../users")
    #expect(draft.lines == ["User-Agent: curl/8.11.0", "Accept: */*", "Authorization: Bearer x"])
    #expect(draft.notes.isEmpty)
  }

  @Test func `data make a POST with the type and the length that curl sends`() throws {
    let draft = try one("curl http://x/ -da=1 --data 'b=2' --data-urlencode 'c=x y/ü'")
    #expect(draft.method == .post)
    #expect(draft.text == "a=1&b=2&c=x+y%2F%C3%BC")
    #expect(draft.fields[.contentType] == "application/x-www-form-urlencoded")
    #expect(draft.fields[.contentLength] == "22")
  }

  @Test func `no data are not the same as empty data`() throws {
    #expect(try one("curl -X PUT http://x/").fields[.contentLength] == nil)
    #expect(try one("curl -X PUT -d '' http://x/").fields[.contentLength] == "0")
  }

  @Test func `JSON is not joined with an ampersand and says so in two fields`() throws {
    let draft = try one(#"curl --json '{"a":' --json '1}' http://x/"#)
    #expect(draft.text == #"{"a":1}"#)
    #expect(
      draft.lines == [
        "User-Agent: curl/8.11.0", "Content-Type: application/json", "Accept: application/json", "Content-Length: 7",
      ])
    #expect(try one("curl -H 'accept: x/y' --json 1 http://x/").fields[values: .accept] == ["x/y"])
  }

  @Test func `-G puts the data into the query`() throws {
    let draft = try one("curl -G -d a=1 --data-urlencode 'q=x y' 'http://x/search?z=0' --url-query 'p=%20 '")
    #expect(draft.method == .get)
    #expect(draft.target == "/search?z=0&p=%2520+&a=1&q=x+y")
    #expect(draft.body.readableBytes == 0)
  }

  @Test(arguments: [
    ("-I", "HEAD"), ("--head -X GET", "GET"), ("-X purge", "purge"), ("-XDELETE", "DELETE"), ("-sSLkXPATCH", "PATCH"),
    ("--request PUT", "PUT"),
  ])
  func `the method`(options: String, method: String) throws {
    #expect(try one("curl \(options) http://x/").method.rawValue == method)
  }

  @Test func `fields of -H take the place of curl's own, add, remove, or are empty`() throws {
    let draft = try one(
      "curl http://x/ -H 'User-Agent: me' -H 'Accept:' -H 'X-Empty;' -H 'X-A: 1' -H 'x-a:2' -e 'http://r/;auto'")
    #expect(draft.lines == ["Referer: http://r/", "User-Agent: me", "X-Empty: ", "X-A: 1", "x-a: 2"])
  }

  @Test func `credentials, cookies, range, compression`() throws {
    let draft = try one("curl -u ann:secret -b a=1 -b 'b=2' -r 0-9 --compressed -A '' http://x/")
    #expect(
      draft.lines == [
        "Authorization: Basic YW5uOnNlY3JldA==", "Range: bytes=0-9", "Accept: */*",
        "Accept-Encoding: deflate, gzip, br, zstd", "Cookie: a=1;b=2",
      ])
    #expect(try one("curl http://ann:s%40@x/").fields[.authorization] == "Basic YW5uOnNA")
    #expect(try one("curl --oauth2-bearer abc http://x/").fields[.authorization] == "Bearer abc")
  }

  @Test(arguments: [
    ("http://x:80/", "http", "x"), ("https://x:443/", "https", "x"), ("https://x:80/", "https", "x:80"),
    ("x.example", "http", "x.example"), ("HTTP://[::1]:8080/", "http", "[::1]:8080"), ("http://x?q", "http", "x"),
  ])
  func `scheme and authority of a URL`(url: String, scheme: String, authority: String) throws {
    let draft = try one("curl '\(url)'")
    #expect(draft.scheme == scheme)
    #expect(draft.authority == authority)
    #expect(draft.target == (url.hasSuffix("?q") ? "/?q" : "/"))
  }

  @Test func `a query may hold the URL of another`() throws {
    let draft = try one("curl 'api.example.com/r?to=http://b'")
    #expect(draft.scheme == "http" && draft.authority == "api.example.com" && draft.target == "/r?to=http://b")
    #expect(try one("curl 'x:8080?to=ftp://b'").authority == "x:8080")
    #expect(try one("curl -g 'x?to={http://b}'").target == "/?to={http://b}")
  }

  @Test func `Host is the authority, and what is for one connection is left out and named`() throws {
    let draft = try one("curl -H 'Host: other' -H 'Connection: X-Hop, close' -H 'X-Hop: 1' -H 'TE: trailers' http://x/")
    #expect(draft.authority == "other")
    #expect(draft.lines == ["User-Agent: curl/8.11.0", "Accept: */*"])
    #expect(draft.notes == ["A gateway does not pass these fields on: Connection, X-Hop, TE."])
  }

  @Test func `a chunked body has no declared length`() throws {
    let draft = try one("curl -H 'Transfer-Encoding: chunked' -d abc http://x/")
    #expect(draft.fields[.contentLength] == nil)
    #expect(draft.text == "abc")
  }

  @Test func `options for the connection and the output are named in a note`() throws {
    let draft = try one("curl -sSf -o out.json --max-time 5 -k --no-fail http://x/ -w '%{http_code}' --http2")
    #expect(
      draft.notes == [
        "These options of curl have no effect here: -s, -S, -f, -o, --max-time, -k, --no-fail, -w, --http2."
      ])
  }

  @Test func `several URLs and several commands are several requests`() throws {
    let drafts = try RequestFile.read(
      Array(
        "# mine\n$ curl http://x/1 --url http://x/2\ncurl http://x/3 \\\n  -d a; /usr/bin/curl -- http://x/4\n".utf8),
      named: "lines.curl")
    #expect(drafts.map(\.target) == ["/1", "/2", "/3", "/4"])
    #expect(drafts[2].text == "a")
  }

  @Test func `files of data, of a form's value, and of fields`() throws {
    try Requests.withFolder { folder in
      try Requests.write("a\r\nb\0c\n".utf8, to: "\(folder)/data")
      try Requests.write("X-A: 1\r\nX-B: 2\n".utf8, to: "\(folder)/fields")
      let file = "\(folder)/line.txt"
      func send(_ options: String) throws -> RequestDraft { try Requests.one("curl \(options) http://x/", in: file) }
      #expect(try send("-d @data").text == "abc")
      #expect(try send("--data-binary @data").text == "a\r\nb\0c\n")
      #expect(try send("--data-raw @data").text == "@data")
      #expect(try send("--data-urlencode n@data").text == "n=a%0D%0Ab%00c%0A")
      #expect(try send("-H @fields").lines.contains("X-B: 2"))
    }
  }

  @Test(arguments: [
    ("curl", "--curl:1:1: This command names no URL."),
    ("", "--curl: There is no curl command in it."),
    ("wget http://x/", "--curl:1:1: A command must begin with 'curl'"),
    ("curl http://x/ --frobnicate", "--curl:1:16: curl's option '--frobnicate' is not supported."),
    ("curl http://x/ --compresed", "did you mean '--compressed'?"),
    ("curl http://x/ --request=PUT", "curl takes a value as the next word, without '='"),
    ("curl http://x/ -P", "curl's option '-P' is not supported."),
    ("curl http://x/ -sF a=b", "curl's option '-F' is not supported; give the whole body with --data-binary @FILE"),
    ("curl http://x/ -T f", "write -X PUT --data-binary @FILE"),
    ("curl http://x/ --next http://y/", "write each request as a command of its own"),
    ("curl http://x/ -X", "--curl:1:16: '-X' wants a value."),
    ("curl http://x/ -X 'A B'", "--curl:1:19: -X takes a method token"),
    ("curl http://x/ -H nothing", "--curl:1:19: -H takes 'Name: value'."),
    ("curl http://x/ -H 'a b: c'", "'a b' is no field name"),
    ("curl http://x/ -H $'A: x\\ny'", "The value of 'A' holds a control character"),
    ("curl http://x/ -H $'A: \\xff'", "The octets of a field are not UTF-8."),
    ("curl http://x/ -u ann", "write -u NAME:PASSWORD"),
    ("curl http://x/ -b jar.txt", "no file of them"),
    ("curl http://x/ -d @/no/such/file", "The file /no/such/file cannot be read: No such file or directory."),
    ("curl http://x/ -d @-", "'@-' would read standard input"),
    ("curl http://x/ -I -d a", "-I sends no data"),
    ("curl ftp://x/", "The URL must begin with http:// or https://."),
    ("curl 'http://x/a b'", "holds a space; write it as %20"),
    ("curl $'http://x/\\n'", "holds a control character"),
    ("curl http:///a", "The URL names no host."),
    ("curl http://x:99999/", "has a port that is none"),
    ("curl h2c+x-1.0://x/", "The URL must begin with http:// or https://."),
    ("curl ://x/", "The URL names no host."),
    ("curl 'http://{a,b}.example/x'", "add -g to send the brackets as they are"),
    ("curl '{a,b}.example'", "add -g to send the brackets as they are"),
    ("curl 'http://x[1-3].example/'", "add -g to send the brackets as they are"),
    ("curl 'http://{a,b}@[::1]/'", "add -g to send the brackets as they are"),
    ("curl 'http://[::1]/{a}'", "add -g to send the brackets as they are"),
    ("curl 'x?to={http://b}'", "add -g to send the brackets as they are"),
    ("curl 'http://[::1'", "has a host that is none"),
    ("curl 'http://x/[1-3]'", "add -g to send the brackets as they are"),
    ("curl -G -d 'a b' http://x/", "What is added to the query holds a space"),
    ("curl http://x/ --request-target '/a b'", "--request-target holds a space"),
  ])
  func `a line that makes no request`(line: String, expected: String) {
    let found = problem(line)
    #expect(found?.contains(expected) == true, "\(found ?? "no problem") for \(line)")
  }

  @Test func `brackets are sent with -g, and in an address`() throws {
    #expect(try one("curl -g 'http://x/a[]={}'").target == "/a[]={}")
    #expect(try one("curl 'http://[::1]/a'").target == "/a")
    #expect(try one("curl --request-target '*' -X OPTIONS http://x/").target == "*")
  }

  @Test func `neither data nor a credential is in a message`() {
    let found = problem("curl -H 'Authorization: Bearer TOPSECRET' -d TOPSECRET 'http://u:TOPSECRET@x/a b'")
    #expect(found?.isEmpty == false)
    #expect(found?.contains("TOPSECRET") == false)
  }
}
