import Testing

@testable import TelephoneCLI

@Suite("files of settings and variables")
struct EnvironmentFileTests {
  private func values(_ text: String) throws -> [String: String] {
    try EnvironmentFile(Array(text.utf8), named: "c.env").values
  }

  @Test(arguments: [
    ("A=1", ["A": "1"]), ("A=1\nB=2\n", ["A": "1", "B": "2"]), ("A=1\r\nB=2\r\n", ["A": "1", "B": "2"]),
    ("# c\r\n\r\n  # d=1\n\t\nA=1", ["A": "1"]), ("\u{FEFF}A=1", ["A": "1"]), ("A=1\nA=2", ["A": "2"]),
    (" A = 1 2 \t\r\n", ["A": "1 2"]), ("A=", ["A": ""]), ("A=b=c==", ["A": "b=c=="]), ("A=x # y", ["A": "x # y"]),
    ("export A=1", ["A": "1"]), ("export\tA=1", ["A": "1"]), ("export=1", ["export": "1"]),
    ("exportA=1", ["exportA": "1"]),
    ("A=\" x \"", ["A": " x "]), ("A='x'", ["A": "x"]), ("A=\"\"", ["A": ""]), ("A=\"", ["A": "\""]),
    ("A=\"x'", ["A": "\"x'"]), ("A=it's", ["A": "it's"]), ("A='\"x\"'", ["A": "\"x\""]),
    ("A=\"\\n$B\"", ["A": "\\n$B"]), ("A=\u{301}x", ["A": "\u{301}x"]), ("", [:]), ("\r\n", [:]),
  ])
  func `each line sets a name`(text: String, values: [String: String]) throws {
    #expect(try self.values(text) == values)
  }

  @Test(arguments: [
    ("hush", 1), ("A=1\nhush", 2), ("A=1\r\n\r\nhush\r\n", 3), ("=hush", 1), ("1A=hush", 1), ("A-B=hush", 1),
    ("é=hush", 1), ("A B=hush", 1), ("export A", 1), ("export A B=hush", 1),
  ])
  func `a line that sets nothing is told by its number, and not shown`(text: String, line: Int) throws {
    let problem = try #require(throws: CommandProblem.self) { try values(text) }
    #expect(problem.status == .usage)
    #expect(
      problem.sentence == "c.env:\(line): This line sets nothing. Write NAME=value, with a name of letters, digits and "
        + "'_', no digit first.")
  }
}
