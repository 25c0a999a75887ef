import TelephoneKit

extension TestSchema {
  static var expectationDefinitions: [OrderedJSON.Member] {
    [
      .init("expectation", expectation),
      .init("text-rule", rule(texts, or: ValueSchema.ref("long-text"))),
      .init("field-rules", ValueSchema.names(to: ValueSchema.ref("field-rule"))),
      .init(
        "field-rule",
        rule(
          texts.and([
            "absent": ["description": "There is no such field; or, if false, there is one.", "type": "boolean"]
          ]),
          or: ValueSchema.ref("long-text"))),
      .init("body-rule", rule(bodyRules.and(snapshot), or: ValueSchema.ref("long-text"))),
      .init("sent-body-rule", rule(bodyRules, or: ValueSchema.ref("long-text"))),
      .init("backend", backend),
    ]
  }

  private static var expectation: OrderedJSON {
    ValueSchema.map(
      "What must come of it.",
      [
        "status": ValueSchema.oneOrMore(ConditionSchema.status),
        "decided-by": ValueSchema.described(
          "The id of the step that answered, refused or failed.", ValueSchema.text),
        "outcome": ["enum": .strings(Outcome.Kind.allCases.map(\.rawValue))],
        "code": ValueSchema.described("The code of the refusal or failure; none if there is none.", ValueSchema.text),
        "fields": ValueSchema.ref("field-rules"),
        "body": ValueSchema.ref("body-rule"),
        "chunks": [
          "description": "How many, or a list of their sizes.",
          "if": ["type": "array"],
          "then": ["items": ValueSchema.byteSize()],
          "else": ValueSchema.integer(0...Int.max),
        ],
        "trailers": ValueSchema.ref("field-rules"),
        "interim": [
          "description": "The statuses of the 1xx heads; [] for none.",
          "if": ["type": "array"],
          "then": ["items": interimStatus],
          "else": interimStatus,
        ],
        "backend": ValueSchema.ref("backend"),
      ], atLeast: 1)
  }

  private static var backend: OrderedJSON {
    [
      "description": "What must be true of each request that reached the backend.",
      "if": ["type": "object"],
      "then": ValueSchema.map([
        "method": ValueSchema.ref("text-rule"),
        "target": ValueSchema.ref("text-rule"),
        "authority": ValueSchema.ref("text-rule"),
        "fields": ValueSchema.ref("field-rules"),
        "body": ValueSchema.ref("sent-body-rule"),
        "times": ValueSchema.described("How often it was called.", ValueSchema.integer(0...10_000)),
      ]),
      "else": ["enum": ["called", "not-called"]],
    ]
  }

  private static let texts: OrderedJSON = [
    "equals": ValueSchema.described("It is the same, octet for octet.", ValueSchema.ref("long-text")),
    "contains": ValueSchema.described("The text, or each of a list, is a part of it.", ValueSchema.ref("long-text")),
    "matches": ValueSchema.described(
      "The regular expression, or each of a list, matches a part of it.",
      ["if": ["type": "array"], "then": ["items": ValueSchema.text], "else": ValueSchema.text]),
  ]

  private static let bodyRules = texts.and([
    "json": [
      "description": "At each JSON pointer (RFC 6901) there is that value.", "type": "object", "minProperties": 1,
      "propertyNames": ["pattern": "^(/.*)?$", "patternErrorMessage": "expected a JSON pointer such as /users/0/name"],
    ],
    "sha256": ValueSchema.described(
      "Its digest.", ValueSchema.text("^[0-9a-fA-F]{64}$", "64 hexadecimal digits")),
  ])

  private static let snapshot: OrderedJSON = [
    "snapshot": ValueSchema.described(
      "It is what this file holds; 'telephone test --update' writes it.", ValueSchema.text)
  ]

  /// A map of rules, or a text that must be equal. A map with `repeat` is a text.
  private static func rule(_ rules: OrderedJSON, or text: OrderedJSON) -> OrderedJSON {
    [
      "if": ["type": "object", "not": ["required": ["repeat"]]],
      "then": ValueSchema.map(rules, atLeast: 1),
      "else": text,
    ]
  }
}
