import HTTPTypes
import NIOCore
import Rehearsal
import Testing

@Suite struct HARTests {
  private func har(_ entries: String...) -> String {
    #"{"log": {"version": "1.2", "entries": ["# + entries.map { #"{"request": \#($0)}"# }.joined(separator: ",") + "]}}"
  }

  @Test func `all entries become requests, without the pseudo-fields of HTTP 2`() throws {
    let drafts = try Requests.all(
      har(
        #"{"method": "GET", "url": "https://x.example:443/a/%2e%2e?b#c", "httpVersion": "h2", "headers": [{"name": ":method", "value": "GET"}, {"name": ":authority", "value": "x.example"}, {"name": "accept", "value": "*/*"}, {"name": "cookie", "value": "a=1"}, {"name": "cookie", "value": "b=2"}], "bodySize": 0}"#,
        #"{"method": "POST", "url": "http://y/", "headers": [{"name": "Host", "value": "z:8080"}, {"name": "Connection", "value": "keep-alive"}, {"name": "Content-Length", "value": "99"}], "postData": {"mimeType": "application/json", "text": "{\"ü\": \"\ud83d\ude00\"}"}}"#
      ), in: "session.har")
    #expect(drafts.map(\.name) == ["session.har entry 1", "session.har entry 2"])
    #expect(drafts[0].authority == "x.example")
    #expect(drafts[0].target == "/a/%2e%2e?b")
    #expect(drafts[0].lines == ["accept: */*", "cookie: a=1", "cookie: b=2"])
    #expect(drafts[1].authority == "z:8080")
    #expect(drafts[1].text == #"{"ü": "😀"}"#)
    #expect(drafts[1].lines == ["Content-Type: application/json", "Content-Length: 14"])
    #expect(drafts[1].notes == ["A gateway does not pass these fields on: Connection."])
  }

  @Test func `bodies in base64, as a form, and such as are not in the file`() throws {
    let drafts = try Requests.all(
      har(
        #"{"method": "POST", "url": "http://x/1", "headers": [], "postData": {"mimeType": "application/octet-stream", "text": "AP8B", "encoding": "base64"}}"#,
        #"{"method": "POST", "url": "http://x/2", "headers": [], "postData": {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a b", "value": "1&2"}, {"name": "c"}]}}"#,
        #"{"method": "POST", "url": "http://x/3", "headers": [{"name": "content-length", "value": "5000"}], "bodySize": 5000}"#,
        #"{"method": "POST", "url": "http://x/4", "headers": [], "postData": {"mimeType": "multipart/form-data; boundary=x", "params": [{"name": "f", "fileName": "a.png"}]}}"#
      ), in: "a.har")
    #expect(Array(drafts[0].body.readableBytesView) == [0, 255, 1])
    #expect(drafts[1].text == "a+b=1%262&c=")
    #expect(drafts[2].body.readableBytes == 0)
    #expect(drafts[2].fields[.contentLength] == "5000")
    #expect(drafts[2].notes == ["Entry 3 had a body of 5000 octets that the HAR does not hold; it is sent without."])
    #expect(drafts[3].notes == ["Entry 4 sent files, whose content a HAR does not hold; it is sent without a body."])
  }

  @Test func `what is not HTTP is left out, and said`() throws {
    let drafts = try Requests.all(
      har(
        #"{"method": "GET", "url": "data:image/png;base64,AAAA", "headers": []}"#,
        #"{"method": "GET", "url": "http://x/", "headers": []}"#), in: "a.har")
    #expect(drafts.map(\.name) == ["a.har entry 2"])
    #expect(drafts[0].notes == ["a.har: entries that are not HTTP are left out: 1 (data:)."])
  }

  @Test func `a HAR is known by its content, and may begin with a byte order mark`() throws {
    let text = "\u{FEFF}" + har(#"{"method": "GET", "url": "http://x/", "headers": []}"#)
    #expect(try Requests.all(text, in: "export.json").count == 1)
    #expect(try Requests.all(text, in: "export").count == 1)
  }

  @Test func `a HAR that is cut short says where it ends`() {
    let whole = har(#"{"method": "GET", "url": "http://x/", "headers": [{"name": "a", "value": "b"}]}"#)
    for length in 1..<whole.utf8.count {
      let found = Requests.problem(Array(whole.utf8.prefix(length)), in: "a.har")
      #expect(found?.contains("it was cut short") == true, "\(found ?? "no problem") at \(length)")
    }
    let found = Requests.problem(Array(whole.utf8.prefix(100)), in: "a.har")
    #expect(found == "a.har:1:101: It ends in the middle of the JSON in /log/entries/0/request: it was cut short.")
  }

  @Test(arguments: [
    (#"[]"#, "a.har:1:1: A HAR is an object with a 'log'."),
    (#"{"log": {}}"#, "a.har:1:9: 'log' has no list of 'entries'."),
    (#"{"log": {"entries": []}}"#, "a.har: There is no request in it."),
    (
      #"{"log": {"entries": [{"request": {"method": "GET", "url": "http://x/", "headers": {"a": "b"}}}]}}"#,
      "Entry 1: 'headers' is a list of names and values."
    ),
    (
      #"{"log": {"entries": [{"request": {"method": "GET", "url": "http://x/", "postData": {"text": 5}}}]}}"#,
      "Entry 1: 'text' of 'postData' is text, not "
    ),
    (
      #"{"log": {"entries": [{"request": {"method": "GET", "url": "http://x/", "postData": {"params": "x"}}}]}}"#,
      "Entry 1: 'params' of 'postData' is a list, not "
    ),
    (#"{"log": {"entries": [{}]}}"#, "a.har:1:22: Entry 1 has no 'request'."),
    (#"{"log": {"entries": [{"request": {"method": "G T"}}]}}"#, "Entry 1: 'method' must be a token"),
    (#"{"log": {"entries": [{"request": {"method": "GET"}}]}}"#, "Entry 1 has no 'url'."),
    (#"{"log": {"entries": [{"request": {"method": "GET", "url": "http:///"}}]}}"#, "Entry 1: the URL names no host."),
    (
      #"{"log": {"entries": [{"request": {"method": "GET", "url": "http://x/", "headers": [{"name": "a b", "value": ""}]}}]}}"#,
      "Entry 1: 'a b' is no field name"
    ),
    (
      #"{"log": {"entries": [{"request": {"method": "GET", "url": "http://x/", "headers": [{"value": 1}]}}]}}"#,
      "Entry 1: a header has a 'name' and a 'value', both text."
    ),
    (
      #"{"log": {"entries": [{"request": {"method": "GET", "url": "http://x/", "postData": {"text": "%", "encoding": "base64"}}}]}}"#,
      "Entry 1: 'text' is not base64"
    ),
    (
      #"{"log": {"entries": [{"request": {"method": "GET", "url": "http://x/", "postData": {"text": "a", "encoding": "rot13"}}}]}}"#,
      "Entry 1: the only 'encoding' is base64."
    ),
    (
      #"{"log": {"entries": [{"request": {"method": "GET", "url": "http://x/", "postData": 5}}]}}"#,
      "'postData' is an object"
    ),
    (
      #"{"log": {"entries": [{"request": {"method": "GET", "url": "http://x/", "postData": {"params": [{}]}}}]}}"#,
      "a parameter of 'postData' has a 'name'"
    ),
  ])
  func `a HAR with a fault`(text: String, expected: String) {
    let found = Requests.problem(text, in: "a.har")
    #expect(found?.contains(expected) == true, "\(found ?? "no problem") for \(text)")
  }

  @Test func `too many entries`() {
    let entries = repeatElement("{}", count: RequestFile.mostRequests + 1).joined(separator: ",")
    let found = Requests.problem(#"{"log": {"entries": [\#(entries)]}}"#, in: "a.har")
    #expect(found?.contains("more than 10000 entries; split it") == true)
  }
}
