import Foundation
import TelephoneKit

/// Reads settings one by one and keeps every fault, so that all are told in one message.
struct SettingsReader {
  private let source: SettingsSource
  private(set) var faults: [String] = []

  init(_ source: SettingsSource) { self.source = source }

  /// What is set, or the default.
  func text(_ setting: Setting) -> String? { source[setting.name] ?? setting.defaultText }

  mutating func required(_ setting: Setting, _ advice: String) -> String {
    guard let text = text(setting) else {
      faults.append("\(setting.name) is not set. \(advice)")
      return ""
    }
    return text
  }

  mutating func duration(_ setting: Setting, atLeast least: Duration = .milliseconds(1)) -> Duration {
    read(setting, "must be a duration such as 250ms, 10s or 1m30s, at least \(least.text)", .seconds(1)) { text in
      Duration(text: text).flatMap { $0 >= least ? $0 : nil }
    }
  }

  mutating func integer(_ setting: Setting, in range: ClosedRange<Int>) -> Int {
    read(setting, "must be a whole number from \(range.lowerBound) to \(range.upperBound)", range.lowerBound) { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  mutating func size(_ setting: Setting, in range: ClosedRange<ByteSize>) -> Int {
    let words = "must be a size such as 1048576 or 1MiB, from \(range.lowerBound.text) to \(range.upperBound.text)"
    return read(setting, words, range.lowerBound.octets) { text in
      ByteSize(text: text).flatMap { range.contains($0) ? $0.octets : nil }
    }
  }

  mutating func choice(_ setting: Setting, of choices: [String]) -> String {
    read(setting, "must be one of \(choices.joined(separator: ", "))", "") { choices.contains($0) ? $0 : nil }
  }

  /// A setting that some rule of its own checks. The value is shown in the fault, so it must be no secret.
  mutating func read<Value>(_ setting: Setting, _ words: String, _ standIn: Value, _ parse: (String) -> Value?) -> Value
  {
    let text = text(setting) ?? ""
    if let value = parse(text) { return value }
    faults.append("\(setting.name) \(words), not '\(text)'.")
    return standIn
  }

  /// As ``read(_:_:_:_:)``, for a value that may hold a credential: it is not shown.
  mutating func readHidden<Value>(
    _ setting: Setting, _ words: String, _ standIn: Value, _ parse: (String) -> Value?
  ) -> Value {
    if let value = parse(text(setting) ?? "") { return value }
    faults.append("\(setting.name) \(words).")
    return standIn
  }

  mutating func fault(_ sentence: String) { faults.append(sentence) }

  /// - Throws: a ``CommandProblem`` with all faults.
  func finish() throws {
    guard !faults.isEmpty else { return }
    let head = faults.count == 1 ? "A setting is wrong:" : "\(faults.count) settings are wrong:"
    throw CommandProblem(([head] + faults.map { "  - \($0)" }).joined(separator: "\n"), .usage)
  }
}
