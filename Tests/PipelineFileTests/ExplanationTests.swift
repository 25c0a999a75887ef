import HTTPTypes
import TelephoneKit
import Testing

@testable import PipelineFile

struct `Conditions explained` {
  private func explain(
    _ text: String, _ request: Request, status: Int? = nil, hiding redaction: Redaction = Redaction()
  ) throws -> ConditionExplanation {
    var list = DiagnosticList()
    let node = YAMLComposer.compose(Array(text.utf8), file: "p", into: &list)
    let matcher = try #require(node.flatMap { MatcherReader(knowsStatus: true).read($0, into: &list) })
    let explanation = matcher.explanation(request, status: status, hiding: redaction)
    #expect(explanation.isMet == matcher.matches(request, status: status))
    return explanation
  }

  @Test(arguments: [
    ("path: /a/**", true, "the path is /a/b"), ("path: /b", false, "the path is /a/b"),
    ("method: [GET, HEAD]", false, "the method is PUT"), ("host: '*.example'", true, "the host is x.example:8080"),
    ("client-address: 10.0.0.0/8", false, "the address is not known"), ("status: 4xx", false, "there is no answer yet"),
    ("header: { X-A: '1' }", true, "it is 1, 2"), ("header: { X-B: { present: true } }", false, "it is not there"),
    ("header: { Cookie: 'x*' }", false, "it is ‹secret›"),
  ])
  func `a part says whether it matches, and what it saw`(_ text: String, _ isMet: Bool, _ seen: String) throws {
    var fields = HTTPFields([HTTPField(name: .cookie, value: "a=HIDDEN")])
    for value in ["1", "2"] { fields.append(HTTPField(name: try #require(.init("X-A")), value: value)) }
    let request = Request(
      method: .put, authority: "x.example:8080", target: "/a/b?c", fields: fields)
    let explanation = try explain(text, request)
    #expect(explanation.isMet == isMet)
    #expect(explanation.seen == seen)
    #expect(explanation.parts.isEmpty)
  }

  @Test func `what is known is named: an address, a status`() throws {
    let request = Request(clientAddress: "10.1.2.3")
    #expect(try explain("client-address: 10.0.0.0/8", request).seen == "the address is 10.1.2.3")
    #expect(try explain("status: 4xx", request, status: 404).seen == "the status is 404")
    #expect(try explain("host: x", request).seen == "no host is named")
  }

  @Test func `every part of a whole is explained, also where the first has decided`() throws {
    let whole = try explain("{ any: [{ path: /a }, { not: { method: GET } }], host: x }", Request(target: "/a"))
    #expect(whole.seen == nil)
    #expect(whole.parts.map(\.isMet) == [true, false])
    #expect(whole.parts[0].parts.map(\.condition) == ["path /a", "not method GET"])
    #expect(whole.parts[0].parts.map(\.isMet) == [true, false])
    #expect(whole.parts[0].parts[1].parts.map(\.seen) == ["the method is GET"])
  }

  @Test func `secrets are hidden in what was seen and in the condition`() throws {
    var redaction = Redaction()
    redaction.hide(secret: "TOPSECRET")
    let explanation = try explain("path: /TOPSECRET", Request(target: "/x-TOPSECRET"), hiding: redaction)
    #expect(explanation.condition == "path /‹secret›")
    #expect(explanation.seen == "the path is /x-‹secret›")
  }
}

struct `Where the values of options came from` {
  private static let text = """
    pipeline: p
    variables:
      SET: {}
      UNSET: { default: ddd }
      TOKEN: { secret: true, example: example-secret }
    stages:
      - stage: limit-headers
        with:
          max-count: 64
          names: ["${SET}", "x-${UNSET}", "${NOWHERE:-nnn}"]
      - stage: verify-jwt
        with: { secret: "${TOKEN}" }
      - stage: forward
        with: { to: "${SET}" }
      - emit-chunks
    """

  @Test func `a line, the stage's default, and the variables with where they were set`() throws {
    let pipeline = try Fixture.loader(variables: ["SET": "sss"]).load(text: Self.text, named: "p.yaml")
    func origins(_ step: Int) -> [String] {
      pipeline.steps[step].values.map { "\($0.name) = \($0.text) (\($0.origin))" }
    }
    #expect(
      origins(0) == [
        "max-count = 64 (p.yaml:9)", "max-size = 64KiB (default)", "wait = 1s (default)", "flush = coalesce (default)",
        "names = [sss, x-ddd, nnn] (p.yaml:10, variable SET, default of UNSET, default in ${NOWHERE:-…})",
      ])
    #expect(origins(1).first == "secret = ‹secret› (p.yaml:12, example of TOKEN)")
    #expect(origins(2) == ["to = sss (p.yaml:14, variable SET)"])
  }
}
