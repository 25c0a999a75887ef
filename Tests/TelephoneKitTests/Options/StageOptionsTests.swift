import TelephoneKit
import Testing

/// Options are declared once: decoding, checks and reference come from that.
struct StageOptionsTests {
  struct Sample: StageOptions {
    enum Flush: String, OptionChoice { case immediately, coalesce }

    @Option(help: "The most fields.", range: 1...10_000) var maxCount = 100
    @Option(help: "Where requests go.", required: "http://127.0.0.1:8080") var to: String
    @Option(name: "key", help: "The secret.", secret: true) var secretKey: String? = nil
    @Option(help: "How to flush.") var flush = Flush.coalesce
    @Option(help: "How long.", range: .zero ... .seconds(60)) var wait: Duration = .seconds(1)
    @Option(help: "A list.", secret: true) var pins: [Int] = []

    func validate() throws {
      if to == "same", secretKey == "same" {
        throw OptionProblem("'to' and 'key' must not be the same", option: "key")
      }
      if maxCount == 13 { throw OptionProblems([OptionProblem("one"), OptionProblem("two")]) }
    }
  }

  private func problems(_ input: OptionInput) -> [String] {
    do {
      _ = try Sample(reading: input)
      return []
    } catch let problems as OptionProblems {
      return problems.problems.map(\.sentence)
    } catch {
      return ["not an OptionProblems: \(error)"]
    }
  }

  @Test func `what is not given has its default`() throws {
    let options = try Sample(reading: ["to": "http://a"])
    #expect(options.maxCount == 100)
    #expect(options.to == "http://a")
    #expect(options.secretKey == nil)
    #expect(options.flush == .coalesce)
  }

  @Test func `what is given is read, under its name in the file`() throws {
    let options = try Sample(reading: ["to": "x", "max-count": 10_000, "key": "k", "flush": "immediately", "wait": "0"])
    #expect(options.maxCount == 10_000)
    #expect(options.secretKey == "k")
    #expect(options.flush == .immediately)
    #expect(options.wait == .zero)
  }

  @Test(
    arguments: [
      (["to": "x", "max-count": 0], "'max-count' must be from 1 to 10000, not 0"),
      (["to": "x", "max-count": 10_001], "'max-count' must be from 1 to 10000, not 10001"),
      (["to": "x", "wait": "61s"], "'wait' must be from 0s to 1m, not 1m1s"),
      ([:], "the option 'to' must be given"),
      (["to": ["a"]], "'to': expected text, found a list; write one value, without [ ] and '-'"),
      (["to": "x", "max-cuont": 1], "unknown option 'max-cuont'"),
      (["to": "x", "maxCount": 1], "unknown option 'maxCount'"),
      (["to": "x", "flush": "never"], "'flush': expected one of immediately, coalesce, found 'never'"),
      (["x"], "expected a map of options; write { name: value }"),
      ("x", "expected a map of options; write { name: value }"),
    ] as [(OptionInput, String)])
  func `each fault is named with its option`(_ input: OptionInput, _ sentence: String) {
    #expect(problems(input) == [sentence])
  }

  @Test func `a range of an option that may be nothing is about what it is otherwise`() throws {
    struct Bounded: StageOptions {
      @Option(help: "At once.", range: 1...9, example: 3) var burst: Int? = nil
      @Option(help: "A size.", range: .octets(1)...(.kibibytes(1))) var size = ByteSize.octets(5)
    }
    #expect(try Bounded(reading: [:]).burst == nil)
    #expect(try Bounded(reading: ["burst": OptionInput(.null)]).burst == nil)
    #expect(try Bounded(reading: ["burst": 9]).burst == 9)
    let error = #expect(throws: OptionProblems.self) { try Bounded(reading: ["burst": 10]) }
    #expect(error?.problems.map(\.sentence) == ["'burst' must be from 1 to 9, not 10"])
    let all = Bounded.descriptions
    #expect(all.map(\.range?.text) == ["1 to 9", "1B to 1KiB"])
    #expect(all.map(\.range?.numbers) == [1...9, 1...1024])
    #expect(all.map(\.exampleText) == ["3", nil])
    #expect(all.map(\.defaultText) == [nil, "5B"])
  }

  @Test func `nothing at all is a map without options`() {
    #expect(problems(OptionInput(.null)) == ["the option 'to' must be given"])
  }

  @Test func `all faults are found in one pass`() {
    #expect(
      problems(["max-count": "x", "flush": "y", "nonsense": 1]) == [
        "'max-count': expected a whole number, found 'x'", "the option 'to' must be given",
        "'flush': expected one of immediately, coalesce, found 'y'", "unknown option 'nonsense'",
      ])
  }

  @Test func `an unknown option comes with those that are known`() throws {
    let error = #expect(throws: OptionProblems.self) { try Sample(reading: ["to": "x", "max-cuont": 1]) }
    let problem = try #require(error?.problems.first)
    #expect(problem.unknownName == "max-cuont")
    #expect(problem.knownNames == ["max-count", "to", "key", "flush", "wait", "pins"])
  }

  @Test func `a stage without options takes none`() throws {
    let error = #expect(throws: OptionProblems.self) { try NoOptions(reading: ["a": 1]) }
    #expect(error?.problems.map(\.sentence) == ["this stage takes no options"])
    _ = try NoOptions(reading: [:])
  }

  @Test func `the value of a secret is in no problem`() {
    let hidden = "is not well-formed (its value is a secret and not shown)"
    #expect(problems(["to": "x", "key": ["hidden"]]) == ["'key' \(hidden)"])
    #expect(problems(["to": "x", "pins": ["12a4"]]) == ["'pins' \(hidden)"])
    let fromVariable = OptionInput(.scalar("swordfish"), isSecret: true)
    #expect(problems(["to": "x", "flush": fromVariable]) == ["'flush' \(hidden)"])
    #expect(
      problems(["to": "x", "max-count": OptionInput(.scalar("70000"), isSecret: true)]) == ["'max-count' \(hidden)"])
  }

  @Test func `what no single option can know is checked at the end`() {
    #expect(problems(["to": "same", "key": "same"]) == ["'to' and 'key' must not be the same"])
    #expect(problems(["to": "x", "max-count": 13]) == ["one", "two"])
    #expect(problems(["to": "same", "key": "same", "nonsense": 1]) == ["unknown option 'nonsense'"])
  }

  @Test func `a problem of the whole is placed at its option`() throws {
    let place = Place(file: "p", line: 4, column: 2)
    let input = OptionInput(
      .map([
        .init(key: "to", value: "same"), .init(key: "key", keyPlace: place, value: "same"),
      ]))
    let error = #expect(throws: OptionProblems.self) { try Sample(reading: input) }
    #expect(error?.problems.first?.place == place)
  }

  @Test func `the reference says it all`() throws {
    let all = Sample.descriptions
    #expect(all.map(\.name) == ["max-count", "to", "key", "flush", "wait", "pins"])
    #expect(all.map(\.defaultText) == ["100", nil, nil, "coalesce", "1s", "[]"])
    #expect(all.map(\.isRequired) == [false, true, false, false, false, false])
    #expect(all.map(\.isSecret) == [false, false, true, false, false, true])
    #expect(all[0].range?.text == "1 to 10000")
    #expect(all[0].help == "The most fields.")
    #expect(all[1].exampleText == "http://127.0.0.1:8080")
    #expect(all[2].kind == .optional(.text))
    #expect(all[3].kind.words == "one of immediately, coalesce")
    #expect(all[4].range?.text == "0s to 1m")
  }

  @Test func `the values in force are shown without secrets`() throws {
    let values = try Sample(reading: ["to": "x", "key": "hidden"]).values
    #expect(values.map(\.name) == ["max-count", "to", "key", "flush", "wait", "pins"])
    #expect(values.map(\.text) == ["100", "x", Redaction.mark, "coalesce", "1s", Redaction.mark])
  }

  @Test func `a property that is not declared with Option is an error, not a surprise`() {
    struct Wrong: StageOptions {
      var plain = 1
    }
    #expect(throws: DecodingError.self) { try Wrong(reading: [:]) }
  }
}
