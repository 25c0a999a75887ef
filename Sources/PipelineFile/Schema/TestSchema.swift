import TelephoneKit

/// The schema of tests: requests, steps, and what is expected of them. The keys are those of `docs/testing.md`.
enum TestSchema {
  static var definitions: [OrderedJSON.Member] {
    [
      .init("tests", ["type": "array", "items": ValueSchema.ref("test")]),
      .init("test", test),
      .init("step", step),
      .init("request", request),
      .init("message", message),
      .init("fields", fields),
      .init("long-text", longText),
    ] + answerDefinitions + expectationDefinitions
  }

  private static var test: OrderedJSON {
    ValueSchema.map(
      [
        "name": ValueSchema.described("What the test shows, in a few words; once in a file.", ValueSchema.text),
        "request": ValueSchema.ref("request"),
        "times": times,
        "sequence": [
          "description": "Steps that one after the other meet the same stages.", "type": "array",
          "items": ValueSchema.ref("step"),
        ],
        "expect": ValueSchema.ref("expectation"),
        "stub": ValueSchema.ref("stub"),
        "mocks": ValueSchema.described(
          "What stands in the place of steps, by their ids.", ValueSchema.names(to: ValueSchema.ref("mock"))),
        "variables": ValueSchema.described("Values of variables.", ValueSchema.names(to: ValueSchema.text)),
        "at": ValueSchema.described(
          "The date at which the test begins. Default: 2026-01-01T00:00:00Z.",
          ValueSchema.text(
            "^([0-9]{4}-[0-9]{2}-[0-9]{2}(T.+)?|-?[0-9]+)$", "a date such as 2026-01-31T12:00:00Z", or: ["integer"])),
        "key-sets": ValueSchema.described(
          "Files in the place of what is behind URLs.", ValueSchema.names(to: ValueSchema.text)
        )
        .and(["propertyNames": ["pattern": "://", "patternErrorMessage": "expected a URL"]]),
      ], required: ["name"]
    ).and([
      "if": ["required": ["sequence"]],
      "then": ["properties": ["request": false, "expect": false, "times": false]],
      "else": ["required": ["request", "expect"]],
    ])
  }

  private static let times = ValueSchema.described("How often. Default: 1.", ValueSchema.integer(1...10_000))

  private static var step: OrderedJSON {
    ValueSchema.map(
      "A step of a sequence.",
      [
        "advance": ValueSchema.described("Moves the time on, before anything else of the step.", ValueSchema.duration),
        "stub": ValueSchema.ref("stub"),
        "request": ValueSchema.ref("request"),
        "times": times,
        "expect": ValueSchema.ref("expectation"),
      ], atLeast: 1
    ).and(["dependentRequired": ["expect": ["request"], "times": ["request"]]])
  }

  private static var request: OrderedJSON {
    [
      "description": "What is sent.",
      "if": ["type": "object", "required": ["file"]],
      "then": ValueSchema.map(
        [
          "file": ValueSchema.described(
            "A HAR, a .http file, JSON, a recorded exchange, or a line of curl.", ValueSchema.text),
          "entry": ValueSchema.described("Which of its requests. Default: 1.", ValueSchema.integer(1...Int.max)),
        ], required: ["file"]),
      "else": ValueSchema.ref("message"),
    ]
  }

  private static var message: OrderedJSON {
    oneBody(
      ValueSchema.map(
        ([
          "method": ValueSchema.described("Default: GET, or POST with a body.", ValueSchema.text),
          "target": ValueSchema.described("Path and query as they come in. Default: /.", ValueSchema.ref("long-text")),
          "scheme": ValueSchema.described("Default: http.", ValueSchema.choice(["http", "https"])),
          "authority": ValueSchema.described("What stands in Host. Default: localhost.", ValueSchema.text),
          "client-address": ValueSchema.described("Default: 127.0.0.1.", ValueSchema.text),
          "fields": ValueSchema.ref("fields"),
          "trailers": ValueSchema.described("Fields that come after the body.", ValueSchema.ref("fields")),
        ] as OrderedJSON).and(body)))
  }

  /// The four ways to write a body.
  static let body: OrderedJSON = [
    "body": ValueSchema.described("A text.", ValueSchema.ref("long-text")),
    "body-file": ValueSchema.described("A file; its path starts at the folder of this file.", ValueSchema.text),
    "body-base64": ValueSchema.described("Octets in base64.", ValueSchema.text),
    "json": ["description": "A value that is sent as JSON."],
  ]

  /// A map in which only one way to write a body may be used.
  static func oneBody(_ map: OrderedJSON) -> OrderedJSON {
    let keys = body.members.map(\.name)
    return map.and([
      "dependentSchemas": .object(
        keys.dropLast().enumerated().map { index, key in
          .init(key, ["properties": .object(keys.dropFirst(index + 1).map { .init($0, false) })])
        })
    ])
  }

  private static var fields: OrderedJSON {
    let text = ValueSchema.ref("long-text")
    return [
      "description": "A map from names to a value or a list of values; or a list of [name, value], to keep an order.",
      "if": ["type": "array"],
      "then": [
        "items": [
          "if": ["type": "array"],
          "then": ["prefixItems": [text, text], "minItems": 2, "maxItems": 2],
          "else": ValueSchema.map(
            ["name": text, "value": text, "times": ValueSchema.integer(0...10_000)], required: ["name", "value"]),
        ]
      ],
      "else": ValueSchema.names(to: text),
    ]
  }

  private static let longText: OrderedJSON = [
    "description": "A text; one that is too long to write is { repeat: ab, times: 5000 }, or a list of parts.",
    "if": ["type": "array"],
    "then": ["items": ValueSchema.ref("long-text")],
    "else": [
      "if": ["type": "object"],
      "then": ValueSchema.map(
        ["repeat": ValueSchema.text, "times": ValueSchema.integer(0...16_777_216)], required: ["repeat", "times"]),
      "else": ValueSchema.text,
    ],
  ]
}
