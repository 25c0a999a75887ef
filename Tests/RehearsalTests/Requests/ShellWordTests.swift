import NIOCore
import Rehearsal
import Testing

/// What becomes of quotes and backslashes, seen in the data of a request.
@Suite struct ShellWordTests {
  @Test(arguments: [
    (#"'a"b\c'"#, #"a"b\c"#),
    (#""a'b\"c\\d\$e\f""#, #"a'b"c\d$e\f"#),
    (#"a\ b\'c"#, "a b'c"),
    (#"'it'\''s'"#, "it's"),
    ("\"a\\\nb\"", "ab"),
    ("a\\\nb", "ab"),
    ("a\\\r\nb", "ab"),
    (#"$'a\tb\n\x41\u00fc\U0001F600\'\\\101\e'"#, "a\tb\nAü😀'\\A\u{1B}"),
    ("''", ""),
    ("'a'\"b\"c", "abc"),
    ("a$", "a$"),
    ("'$HOME `x` $(y)'", "$HOME `x` $(y)"),
    ("a#b", "a#b"),
    ("'zwei\nZeilen'", "zwei\nZeilen"),
  ])
  func `a word`(written: String, meant: String) throws {
    let draft = try #require(try RequestFile.read(curl: "curl http://x/ --data-raw \(written) # rest 'of it").first)
    #expect(String(buffer: draft.body) == meant)
  }

  @Test func `octets that are no text arrive as they are`() throws {
    let draft = try #require(try RequestFile.read(curl: #"curl http://x/ --data-raw $'\xff\x00\376'"#).first)
    #expect(Array(draft.body.readableBytesView) == [0xFF, 0, 0xFE])
  }

  @Test(arguments: [
    ("curl 'http://x/", "--curl:1:6: This single quote is never closed."),
    ("curl \"http://x/", "--curl:1:6: This double quote is never closed."),
    ("curl $'http://x/\\'", "--curl:1:6: This single quote is never closed."),
    ("curl \\", "--curl:1:6: Nothing stands behind this backslash."),
    ("curl http://x/?a=1&b=2", "--curl:1:19: A shell would not pass this '&' on to curl"),
    ("curl http://x/ | jq", "--curl:1:16: A shell would not pass this '|' on"),
    ("curl http://x/ > f", "this '>'"),
    ("curl http://x/ -H \"A: $TOKEN\"", "--curl:1:23: A shell would put something else in the place of this"),
    ("curl http://x/$HOME", "put something else"),
    ("curl http://x/ -d \"`date`\"", "put something else"),
    ("curl http://x/ -d $(date)", "put something else"),
    ("curl http://x/ $'\\q'", "$'…' has no such escape."),
    ("curl http://x/ $'\\ud800'", "$'…' has no such escape."),
    ("curl http://x/\n -d a", "--curl:2:2: A command must begin with 'curl'"),
    ("curl http://x/ -d 'a\0b'", "--curl:1:21: A command line holds no NUL."),
    ("curl \"http://x/\0\"", "holds no NUL"),
    ("curl \0", "holds no NUL"),
  ])
  func `a line that a shell would not take, or not as it stands`(line: String, expected: String) {
    do {
      _ = try RequestFile.read(curl: line)
      Issue.record("no problem for \(line)")
    } catch {
      #expect(error.description.contains(expected), "\(error) for \(line)")
    }
  }
}
