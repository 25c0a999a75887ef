import Agent
import PipelineFile
import TelephoneKit

/// A report in the Static Analysis Results Interchange Format (OASIS SARIF 2.1.0).
struct SARIFLog: Encodable {
  struct Run: Encodable {
    var tool: Tool
    var columnKind = "unicodeCodePoints"
    var results: [Result]
  }

  struct Tool: Encodable { var driver: Driver }

  struct Driver: Encodable {
    var name = "telephone"
    var version: String
    var semanticVersion: String
    var rules: [Rule]
  }

  struct Rule: Encodable {
    struct Configuration: Encodable { var level: String }
    var id: String
    var shortDescription: Message
    var defaultConfiguration: Configuration
  }

  struct Message: Encodable { var text: String }

  struct Result: Encodable {
    var ruleId: String
    var ruleIndex: Int?
    var level: String
    var message: Message
    var locations: [Location]
  }

  struct Location: Encodable { var physicalLocation: PhysicalLocation }

  struct PhysicalLocation: Encodable {
    struct Artifact: Encodable { var uri: String }
    struct Region: Encodable {
      var startLine: Int
      var startColumn: Int
    }
    var artifactLocation: Artifact
    var region: Region
  }

  enum CodingKeys: String, CodingKey {
    case schema = "$schema"
    case version
    case runs
  }

  var schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
  var version = "2.1.0"
  var runs: [Run]

  init(_ report: CheckReport) {
    let rules = DiagnosticRule.allCases.map { rule in
      Rule(
        id: rule.rawValue, shortDescription: Message(text: rule.summary),
        defaultConfiguration: Rule.Configuration(level: rule.severity.rawValue))
    }
    let driver = Driver(version: Agent.version, semanticVersion: Agent.version, rules: rules)
    let results = report.diagnostics.map { diagnostic in
      Result(
        ruleId: diagnostic.rule.rawValue, ruleIndex: DiagnosticRule.allCases.firstIndex(of: diagnostic.rule),
        level: diagnostic.severity.rawValue, message: Message(text: diagnostic.sentence),
        locations: [Location(physicalLocation: Self.location(of: diagnostic))])
    }
    runs = [Run(tool: Tool(driver: driver), results: results)]
  }

  private static func location(of diagnostic: Diagnostic) -> PhysicalLocation {
    // A place counts characters as a person sees them.
    PhysicalLocation(
      artifactLocation: PhysicalLocation.Artifact(uri: uri(of: diagnostic.place.file)),
      region: PhysicalLocation.Region(
        startLine: diagnostic.place.line, startColumn: diagnostic.excerpt?.scalarColumn ?? diagnostic.place.column))
  }

  /// A path as a URI reference (RFC 3986): relative as it was given, or with the scheme `file`.
  static func uri(of path: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    var octets: [UInt8] = []
    for octet in path.utf8 {
      if plain.contains(octet) {
        octets.append(octet)
      } else {
        octets += [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
      }
    }
    return (path.hasPrefix("/") ? "file://" : "") + String(decoding: octets, as: UTF8.self)
  }
}
