import TelephoneKit
import Testing

/// The spellings of every type of option.
struct OptionValueTests {
  enum Flush: String, OptionChoice { case immediately, coalesce }

  struct Case: Sendable, CustomTestStringConvertible {
    var type: any OptionValue.Type
    var input: OptionInput
    /// The value as it would be written, or the problem.
    var expected: String

    init(_ type: any OptionValue.Type, _ input: OptionInput, _ expected: String) {
      self.type = type
      self.input = input
      self.expected = expected
    }

    var testDescription: String { "\(type) from \(input.content)" }
  }

  static let good = [
    Case(Int.self, "42", "42"), Case(Int.self, "-1", "-1"), Case(Int.self, "10_000", "10000"), Case(Int.self, 7, "7"),
    Case(Bool.self, "true", "true"), Case(Bool.self, "FALSE", "false"), Case(Bool.self, true, "true"),
    Case(String.self, "", ""), Case(String.self, "a b", "a b"),
    Case(Flush.self, "coalesce", "coalesce"),
    Case(Int?.self, OptionInput(.null), ""), Case(Int?.self, "1", "1"),
    Case([Int].self, ["1", "2"], "[1, 2]"), Case([Int].self, [], "[]"),
    Case([String: Int].self, ["b": 2, "a": 1], "{a: 1, b: 2}"),
    Case([[Int]].self, [["1"], []], "[[1], []]"),
    Case(Duration.self, "1m30s", "1m30s"), Case(ByteSize.self, "64KiB", "64KiB"), Case(Rate.self, "100/s", "100/s"),
    Case(TimeLimit.self, "none", "none"), Case(TimeLimit.self, "30s", "30s"),
  ]

  static let bad = [
    Case(Int.self, "four", "expected a whole number, found 'four'"),
    Case(Int.self, "1.5", "expected a whole number, found '1.5'"),
    Case(Int.self, "", "expected a whole number, found ''"),
    Case(Int.self, "99999999999999999999", "expected a whole number, found '99999999999999999999'"),
    Case(Int.self, [], "expected a whole number, found a list; write one value, without [ ] and '-'"),
    Case(Int.self, [:], "expected a whole number, found a map"),
    Case(Int.self, OptionInput(.null), "expected a whole number, found nothing"),
    Case(Int?.self, "x", "expected a whole number, found 'x'"),
    Case(Bool.self, "yes", "expected true or false, found 'yes'"),
    Case(Bool.self, "1", "expected true or false, found '1'"),
    Case(String.self, ["a"], "expected text, found a list; write one value, without [ ] and '-'"),
    Case(Flush.self, "Coalesce", "expected one of immediately, coalesce, found 'Coalesce'"),
    Case([Int].self, "1", "expected a list, each a whole number; write [1]"),
    Case([Int].self, ["1", "b"], "expected a whole number, found 'b'"),
    Case([String: Int].self, ["a"], "expected a map of names, each to a whole number; write { a: b }"),
    Case([String: Int].self, ["a": "b"], "expected a whole number, found 'b'"),
    Case(Duration.self, "soon", "expected a duration such as 250ms, 2s or 1m30s, found 'soon'"),
    Case(ByteSize.self, "64 KiB", "expected a size such as 512B, 64KiB or 1MB, found '64 KiB'"),
    Case(Rate.self, "5", "expected a rate such as 100/s or 5/min, found '5'"),
    Case(TimeLimit.self, "never", "expected a duration such as 30s, or none, found 'never'"),
  ]

  @Test(arguments: good + bad)
  func `each type reads its spellings and says what it wants instead of others`(_ spelling: Case) {
    func read<Value: OptionValue>(_ type: Value.Type) -> String {
      do { return try Value(spelling.input).optionText } catch { return error.sentence }
    }
    #expect(read(spelling.type) == spelling.expected)
  }

  @Test func `a problem of a list's element is at the element`() throws {
    let place = Place(file: "p", line: 3, column: 7)
    let input = OptionInput(.list([OptionInput(.scalar("1")), OptionInput(.scalar("b"), place: place)]))
    let problem = #expect(throws: OptionProblem.self) { try [Int](input) }
    #expect(problem?.place == place)
  }

  @Test func `an unknown choice names those that are known`() throws {
    let problem = #expect(throws: OptionProblem.self) { try Flush("imediately") }
    #expect(problem?.unknownName == "imediately")
    #expect(problem?.knownNames == ["immediately", "coalesce"])
  }
}

/// The texts of durations, sizes and rates.
struct MeasureTextTests {
  @Test(
    arguments: [
      ("0", .zero), ("0s", .zero), ("250ms", .milliseconds(250)), ("2s", .seconds(2)), ("1m30s", .seconds(90)),
      ("1h", .seconds(3600)), ("1.5h", .seconds(5400)), (".5s", .milliseconds(500)), ("10us", .microseconds(10)),
      ("10µs", .microseconds(10)), ("10μs", .microseconds(10)), ("7ns", .nanoseconds(7)),
      ("1h1m1s1ms", .milliseconds(3_661_001)), ("0.1s", .milliseconds(100)), ("1.001s", .milliseconds(1001)),
      ("24h", .seconds(86400)),
    ] as [(String, Duration)])
  func `durations are read as Go writes them`(_ text: String, _ duration: Duration) {
    #expect(Duration(text: text) == duration)
  }

  @Test(arguments: [
    "", "1", "s", "-1s", "+1s", "1 s", " 1s", "1s ", "1d", "1S", "1e3s", "1.2.3s", ".s", "1m30", "١s", "0x1s", "inf",
    "10000000000s", "99999999999999999999999h", "1s\0",
  ])
  func `what is no duration is refused`(_ text: String) {
    #expect(Duration(text: text) == nil)
  }

  @Test(
    arguments: [
      (.zero, "0s"), (.milliseconds(250), "250ms"), (.seconds(90), "1m30s"), (.seconds(3600), "1h"),
      (.seconds(86400 + 61), "24h1m1s"), (.microseconds(1500), "1500us"), (.nanoseconds(1), "1ns"),
      (.milliseconds(1500), "1.5s"), (.milliseconds(90500), "90.5s"),
    ] as [(Duration, String)])
  func `durations are written as they would be read`(_ duration: Duration, _ text: String) {
    #expect(duration.text == text)
    #expect(Duration(text: text) == duration)
  }

  @Test(
    arguments: [
      (.seconds(253_402_300_799), "70389527h59m59s"), (.seconds(Int64.max), "2562047788015215h30m7s"),
      (.seconds(-5), "-5.0s"), (.seconds(Int64.min), "-9.223372036854776e+18s"), (.milliseconds(-1), "-1ms"),
    ] as [(Duration, String)])
  func `durations that no file holds have a text, too`(_ duration: Duration, _ text: String) {
    #expect(duration.text == text)
  }

  @Test(
    arguments: [
      ("0", 0, "0B"), ("1", 1, "1B"), ("512B", 512, "512B"), ("64KiB", 65536, "64KiB"), ("1MB", 1_000_000, "1MB"),
      ("1kB", 1000, "1kB"), ("1KB", 1000, "1kB"), ("2GB", 2_000_000_000, "2GB"),
      ("1024KiB", 1 << 20, "1MiB"), ("3GiB", 3 << 30, "3GiB"), ("9223372036854775807", Int.max, "9223372036854775807B"),
    ] as [(String, Int, String)])
  func `sizes are read in units of 1000 and 1024`(_ text: String, _ octets: Int, _ written: String) {
    #expect(ByteSize(text: text)?.octets == octets)
    #expect(ByteSize(octets: octets).text == written)
    #expect(ByteSize(text: written)?.octets == octets)
  }

  @Test(arguments: [
    "", "B", "-1B", "+1B", "1.5MB", "1 MB", "1mb", "1kib", "1TiB", "9223372036854775808", "9007199254740992KiB", "١",
  ])
  func `what is no size is refused`(_ text: String) {
    #expect(ByteSize(text: text) == nil)
  }

  @Test(arguments: [
    ("100/s", Rate(100, per: .seconds(1))), ("5/min", Rate(5, per: .seconds(60))),
    ("1000/h", Rate(1000, per: .seconds(3600))), ("1/d", Rate(1, per: .seconds(86400))),
    ("1000000000/s", Rate(1_000_000_000, per: .seconds(1))),
  ])
  func `rates are a count and a period`(_ text: String, _ rate: Rate) {
    #expect(Rate(text: text) == rate)
    #expect(rate.text == text)
  }

  @Test(arguments: ["", "/", "5", "5/", "/s", "0/s", "-1/s", "1.5/s", "1000000001/s", "5/m", "5/s/s", "5 /s", "5/2s"])
  func `what is no rate is refused`(_ text: String) {
    #expect(Rate(text: text) == nil)
  }

  @Test func `no limit is longer than any`() {
    #expect(TimeLimit.after(.seconds(1_000_000)) < .none)
    #expect(TimeLimit.after(.seconds(1)) < .after(.seconds(2)))
    #expect(!(TimeLimit.none < .none))
    #expect(TimeLimit.none.duration == nil)
  }
}
