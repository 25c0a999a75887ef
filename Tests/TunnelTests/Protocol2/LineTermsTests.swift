import PhoenixChannels
import Testing

@testable import Tunnel

@Suite struct LineTermsTests {
  @Test func `an offer comes back as it was made`() throws {
    let terms = LineTerms(maxFrame: 32_768, maxMessage: 100_000, streamCredit: 20_000, maxStreams: 7)
    let offer = LineOffer(pathID: "p", terms: terms)
    let json = offer.json(agent: "telephone/0.1.0")
    #expect(
      json == [
        "protocols": [1, 2], "max_frame": 32_768, "max_message": 100_000, "stream_credit": 20_000, "max_streams": 7,
        "agent": "telephone/0.1.0",
      ])
    #expect(try LineOffer(json) == offer)
  }

  @Test func `a grant comes back as it was made, without max_streams`() throws {
    let terms = LineTerms(maxFrame: 32_768, maxMessage: 100_000, streamCredit: 20_000)
    #expect(terms.grant == ["protocol": 2, "max_frame": 32_768, "max_message": 100_000, "stream_credit": 20_000])
    #expect(try LineOffer(pathID: "p", terms: LineTerms()).terms(grantedBy: terms.grant) == terms)
  }

  @Test func `a path that fits no binary topic offers protocol 1 alone`() {
    #expect(LineOffer(pathID: String(repeating: "p", count: 245), terms: LineTerms()).protocols == [1, 2])
    #expect(LineOffer(pathID: String(repeating: "p", count: 246), terms: LineTerms()).protocols == [1])
    #expect(LineOffer(pathID: String(repeating: "é", count: 123), terms: LineTerms()).protocols == [1])
  }

  @Test func `what is missing has the default, and unknown keys are ignored`() throws {
    let offer = LineOffer(pathID: "p", terms: LineTerms())
    #expect(try offer.terms(grantedBy: ["protocol": 2, "colour": "red", "max_streams": 0]) == LineTerms())
    #expect(try offer.terms(grantedBy: nil) == nil)
    #expect(try offer.terms(grantedBy: ["protocol": 1]) == nil)
    #expect(try LineOffer(nil).protocols == [1])
    #expect(try LineOffer(["agent": "x"]).protocols == [1])
    #expect(try LineOffer(["protocols": [2, 3, "x"]]).protocols == [2, 3])
  }

  static let edges: [(String, Int64, Bool)] = [
    ("max_frame", 16_383, false), ("max_frame", 16_384, true), ("max_frame", 262_135, false),
    ("max_message", 65_545, false), ("max_message", 65_546, true), ("max_message", 33_554_432, true),
    ("max_message", 33_554_433, false), ("stream_credit", 16_383, false), ("stream_credit", 16_384, true),
    ("stream_credit", 2_147_483_647, true), ("stream_credit", 2_147_483_648, false), ("max_frame", -1, false),
  ]

  @Test(arguments: edges)
  func `a number out of its range is a fault on both sides`(_ key: String, _ number: Int64, _ isGood: Bool) {
    let offer = LineOffer(pathID: "p", terms: LineTerms())
    let grant: JSONValue = .object(["protocol": 2, key: .integer(number)])
    let join: JSONValue = .object(["protocols": [1, 2], key: .integer(number)])
    let terms = try? offer.terms(grantedBy: grant)
    let read = try? LineOffer(join)
    #expect((terms != nil) == isGood)
    #expect((read != nil) == isGood)
  }

  @Test(arguments: [Int64(0), 1_048_577])
  func `max_streams counts in the offer`(_ number: Int64) {
    #expect(throws: TermsFault.self) { try LineOffer(["protocols": [2], "max_streams": .integer(number)]) }
  }

  @Test func `the largest frame needs a message that holds it`() throws {
    let terms = try LineOffer(["protocols": [2], "max_frame": 16_777_216, "max_message": 33_554_432]).terms
    #expect(terms.maxFrame == 16_777_216)
    #expect(LineTerms(maxFrame: 16_777_217, maxMessage: 33_554_432).fault != nil)
  }

  @Test(
    arguments: [
      ["protocol": 3], ["protocol": 0], ["protocol": "2"], [:], ["protocol": 2, "max_frame": "65536"],
      ["protocol": 2, "stream_credit": 1.5], "2", 2, [],
    ] as [JSONValue])
  func `a grant that was not offered, or cannot be read, is a fault with a sentence`(_ grant: JSONValue) {
    let fault = #expect(throws: TermsFault.self) {
      try LineOffer(pathID: "p", terms: LineTerms()).terms(grantedBy: grant)
    }
    #expect(fault?.sentence.isEmpty == false)
  }

  @Test func `protocol 2 is not granted to who offered 1 alone`() {
    let offer = LineOffer(pathID: String(repeating: "p", count: 300), terms: LineTerms())
    #expect(throws: TermsFault.self) { try offer.terms(grantedBy: ["protocol": 2]) }
  }
}
