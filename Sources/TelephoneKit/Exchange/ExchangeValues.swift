/// A key for a value that one stage leaves in the exchange for later ones: a type, never a string.
///
/// ```swift
/// enum TenantKey: ExchangeKey { typealias Value = Tenant }
/// exchange.values[TenantKey.self] = tenant
/// ```
public protocol ExchangeKey {
  associatedtype Value: Sendable
}

/// The values that stages left in an exchange.
public struct ExchangeValues: Sendable {
  private var storage: [ObjectIdentifier: any Sendable] = [:]

  public init() {}

  public subscript<Key: ExchangeKey>(key: Key.Type) -> Key.Value? {
    get { storage[ObjectIdentifier(key)] as? Key.Value }
    set { storage[ObjectIdentifier(key)] = newValue }
  }
}
