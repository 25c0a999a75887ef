import Foundation
public import HTTPTypes

/// What must never be shown, and the way it is hidden: `‹secret›`.
public struct Redaction: Sendable {
  /// What stands in the place of a secret.
  public static let mark = "‹secret›"

  /// Fields whose values are hidden.
  public private(set) var fields: Set<HTTPField.Name> = [
    .authorization, .proxyAuthorization, .cookie, .setCookie,
  ]
  /// Query items whose values are hidden.
  public private(set) var queryItems: Set<String> = []
  /// Texts that are hidden wherever they stand: the values of secret variables and options.
  public private(set) var secrets: Set<String> = []

  public init() {}

  public mutating func hide(field name: HTTPField.Name) { fields.insert(name) }

  public mutating func hide(queryItem name: String) { queryItems.insert(name) }

  /// Texts of fewer than four characters are left out: hiding them would hide half of everything else.
  public mutating func hide(secret text: String) {
    if text.count >= 4 { secrets.insert(text) }
  }

  /// Hides what another hides as well.
  mutating func formUnion(_ other: Redaction) {
    fields.formUnion(other.fields)
    queryItems.formUnion(other.queryItems)
    secrets.formUnion(other.secrets)
  }

  /// A text without the secrets in it.
  public func shown(_ text: String) -> String {
    var shown = text
    for secret in secrets.sorted(by: { $0.count > $1.count }) where shown.contains(secret) {
      shown = shown.replacing(secret, with: Self.mark)
    }
    return shown
  }

  /// A field's value, hidden if its name says so.
  public func shown(_ field: HTTPField) -> String {
    fields.contains(field.name) ? Self.mark : shown(field.value)
  }

  /// A target whose hidden query items have no value.
  public func shown(target: String) -> String {
    // Octet by octet, as a query is read: with an accent behind it, a mark is another character to Swift.
    guard !queryItems.isEmpty, let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return shown(target) }
    let query = target.utf8[target.utf8.index(after: mark)...]
    let items = query.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).map { item -> String in
      guard let equals = item.firstIndex(of: UInt8(ascii: "=")) else { return String(Substring(item)) }
      let name = String(Substring(item[..<equals]))
      guard queryItems.contains(name.removingPercentEncoding ?? name) else { return String(Substring(item)) }
      return "\(name)=\(Self.mark)"
    }
    return shown("\(target[..<mark])?\(items.joined(separator: "&"))")
  }
}
