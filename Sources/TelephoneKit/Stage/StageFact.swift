/// Something that one stage makes true of an exchange and that others count on, so that a check can tell when they
/// stand in the wrong order.
public enum StageFact: CaseIterable, Sendable, Hashable {
  /// The path is in canonical form: what is compared with it is what the backend gets.
  case canonicalPath
  /// The ``Claims`` of a verified token stand in the exchange.
  case claims
}
