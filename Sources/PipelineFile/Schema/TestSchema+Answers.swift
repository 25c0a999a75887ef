import TelephoneKit

extension TestSchema {
  static var answerDefinitions: [OrderedJSON.Member] {
    [
      .init("answer", oneBody(ValueSchema.map("What a stub answers.", answer))),
      .init("route", route),
      .init("stub", stub),
      .init("mock", mock),
    ]
  }

  private static var answer: OrderedJSON {
    ([
      "status": ValueSchema.described("Default: 200.", ValueSchema.integer(200...599)),
      "fields": ValueSchema.ref("fields"),
    ] as OrderedJSON).and(body).and([
      "chunks": [
        "description": "A size by which the body is cut; or, in place of a body, a list of texts.",
        "if": ["type": "array"],
        "then": ["items": ValueSchema.ref("long-text")],
        "else": ValueSchema.byteSize(1...Int.max),
      ],
      "pause": ValueSchema.described("How long each chunk but the first is waited for.", ValueSchema.duration),
      "delay": ValueSchema.described("How long the head is waited for.", ValueSchema.duration),
      "trailers": ValueSchema.ref("fields"),
      "interim": ValueSchema.described("1xx heads that come first.", ValueSchema.oneOrMore(interim)),
      "fail": fail,
    ])
  }

  /// 101 is the end of HTTP on a connection, and no interim answer.
  static let interimStatus = ValueSchema.integer(100...199).and(["not": ["const": 101]])

  private static var interim: OrderedJSON {
    let status = interimStatus
    return [
      "if": ["type": "object"],
      "then": ValueSchema.map(["status": status, "fields": ValueSchema.ref("fields")], required: ["status"]),
      "else": status,
    ]
  }

  private static var fail: OrderedJSON {
    let at = ValueSchema.text("^(head|\(ByteSize.pattern))$", "'head', or an octet of the body", or: ["integer"])
      .and(["minimum": 0])
    return [
      "description": "Where it fails: before the head, or after so many octets of the body.",
      "if": ["type": "object"],
      "then": ValueSchema.map((["at": at] as OrderedJSON).and(failure), required: ["at"]),
      "else": at,
    ]
  }

  /// The status and the code of a refusal or failure.
  private static let failure: OrderedJSON = ["status": ValueSchema.integer(400...599), "code": ValueSchema.text]

  private static var route: OrderedJSON {
    oneBody(
      ValueSchema.map(
        "The answer to requests for which a condition holds, as they reach the backend.",
        (["when": ValueSchema.ref(ConditionSchema.beforeAnswer)] as OrderedJSON).and(answer), required: ["when"]))
  }

  private static var stub: OrderedJSON {
    [
      "description": "What stands in the place of the backends. Default: 200 with a line of text.",
      "if": ["anyOf": [["required": ["routes"]], ["required": ["default"]]]],
      "then": ValueSchema.map([
        "routes": [
          "description": "The first whose 'when' matches answers.", "type": "array", "items": ValueSchema.ref("route"),
        ],
        "default": ValueSchema.described("The answer to all other requests.", ValueSchema.ref("answer")),
      ]),
      "else": ValueSchema.ref("answer"),
    ]
  }

  private static var mock: OrderedJSON {
    let refusal = ValueSchema.orNothing(ValueSchema.map(failure))
    return [
      "description": "What stands in the place of a step.",
      "if": ["type": "object"],
      "then": ValueSchema.map(
        [
          "proceed": ValueSchema.described(
            "As if it had nothing to object.",
            ValueSchema.orNothing(
              ValueSchema.map(["claims": ["description": "What a token would have left.", "type": "object"]]))),
          "answer": ValueSchema.described("It answers.", ValueSchema.orNothing(ValueSchema.ref("answer"))),
          "refuse": ValueSchema.described("It refuses. Default: 403 mocked-refusal.", refusal),
          "fail": ValueSchema.described("It fails. Default: 500 mocked-failure.", refusal),
        ], atLeast: 1
      ).and(["maxProperties": 1]),
      "else": ["enum": ["proceed", "answer", "refuse", "fail"]],
    ]
  }
}
