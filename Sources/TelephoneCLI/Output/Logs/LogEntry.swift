package import Foundation
package import Logging

/// What one line of the log says.
package struct LogEntry: Sendable {
  package enum Value: Sendable, Equatable {
    case text(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
  }

  /// A name and a value.
  package struct Field: Sendable, Equatable {
    package var name: String
    package var value: Value

    package init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  package var date: Date
  package var level: Logger.Level
  package var label: String
  package var message: String
  /// In the order of the line.
  package var fields: [Field]

  package init(date: Date, level: Logger.Level, label: String, message: String, fields: [Field]) {
    self.date = date
    self.level = level
    self.label = label
    self.message = message
    self.fields = fields
  }

  /// Metadata as fields, in the order of their names. What is in a dictionary has the names of both, joined by a dot.
  package static func fields(_ metadata: Logger.Metadata) -> [Field] {
    var fields: [Field] = []
    for (name, value) in metadata { add(name, value, to: &fields) }
    return fields.sorted { $0.name < $1.name }
  }

  private static func add(_ name: String, _ value: Logger.MetadataValue, to fields: inout [Field]) {
    switch value {
    case .string(let text): fields.append(Field(name, .text(text)))
    case .stringConvertible(let value as Int): fields.append(Field(name, .integer(value)))
    case .stringConvertible(let value as Double): fields.append(Field(name, .number(value)))
    case .stringConvertible(let value as Bool): fields.append(Field(name, .boolean(value)))
    case .stringConvertible, .array: fields.append(Field(name, .text(value.description)))
    case .dictionary(let inner): for (key, value) in inner { add("\(name).\(key)", value, to: &fields) }
    }
  }
}
