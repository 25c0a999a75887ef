import TelephoneKit

/// The schema of what stands under `when`.
enum ConditionSchema {
  /// The names of the two definitions.
  static let beforeAnswer = "condition-before-the-answer"
  static let withStatus = "condition"

  static var definitions: [OrderedJSON.Member] {
    [.init(withStatus, definition(named: withStatus)), .init(beforeAnswer, definition(named: beforeAnswer))]
  }

  /// - Parameter name: that of the definition, which conditions within conditions refer to.
  private static func definition(named name: String) -> OrderedJSON {
    let condition = ValueSchema.ref(name)
    let conditions: OrderedJSON = ["type": "array", "items": condition, "minItems": 1]
    var properties: OrderedJSON = [
      "path": ValueSchema.described(
        "The path: * stands for anything within a segment, ** for any number of segments.",
        ValueSchema.oneOrMore(
          ValueSchema.text(
            #"^\*$|^/(?!.*([^/]\*\*|\*\*[^/]))[!"$->@-~]*$"#,
            "a path in visible ASCII that begins with /, with ** as a whole segment only"))),
      "method": ValueSchema.described("The method; its case matters.", ValueSchema.oneOrMore(method)),
      "header": header,
      "host": ValueSchema.described(
        "The host, with * for any part of a label and ** for any number of labels; a port only if it matters.",
        ValueSchema.oneOrMore(
          ValueSchema.text("^[^/@?# ]+$", "a host such as example.com, *.example.com or host:8080"))),
      "client-address": ValueSchema.described(
        "The client's address, or a range that it is in.",
        ValueSchema.oneOrMore(
          ValueSchema.text("^[0-9A-Za-z.:%]+(/[0-9]{1,3})?$", "an address or a range such as 10.0.0.0/8"))),
    ]
    if name == withStatus {
      properties = properties.and([
        "status": ValueSchema.described("The status of the answer.", ValueSchema.oneOrMore(status))
      ])
    }
    properties = properties.and([
      "all": ValueSchema.described("All of these must match.", conditions),
      "any": ValueSchema.described("One of these must match.", conditions),
      "not": ValueSchema.described("This must not match.", condition),
    ])
    return ValueSchema.map("All that is given must match.", properties, atLeast: 1)
  }

  private static let token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"

  static let method: OrderedJSON = [
    "anyOf": [
      ["enum": .strings(MatcherReader.usualMethods)],
      ValueSchema.text(
        "^(?!(get|head|post|put|patch|delete|options)$)\(token)$", "a method such as GET, in upper case"),
    ]
  ]

  static let status = ValueSchema.text(
    "^([1-5]xx|[1-5][0-9][0-9](-[1-5][0-9][0-9])?)$", "a status such as 404, 4xx or 500-599", or: ["integer"]
  ).and(["minimum": 100, "maximum": 599])

  /// A pattern of the names of fields that no stage sees, in upper or lower case.
  private static let strippedNames: String = {
    let names = ["host", "te", "upgrade", "connection", "keep-alive", "transfer-encoding"]
    let patterns = (names + ["proxy-"]).map { name in
      name.map { $0 == "-" ? "-" : "[\($0)\($0.uppercased())]" }.joined()
    }
    return "(\(patterns.joined(separator: "|")).+)"
  }()

  private static let header: OrderedJSON = ValueSchema.described(
    "Header fields, by name: a value in which * stands for anything, a list of them, or { present: true }.",
    [
      "type": "object", "minProperties": 1,
      "propertyNames": [
        "pattern": .string("^(?!\(strippedNames)$)\(token)$"),
        "patternErrorMessage":
          "expected the name of a header field that a gateway passes on; the host is 'host', beside 'header'",
      ],
      "additionalProperties": [
        "if": ["type": "object"],
        "then": ValueSchema.map(["present": ["type": "boolean"]], required: ["present"]),
        "else": ValueSchema.oneOrMore(ValueSchema.text),
      ],
    ])
}
