/// How much a file may be, so that none can hold the program up.
package struct YAMLLimits: Sendable {
  /// The octets of a file: 1 MiB.
  package var octets = 1 << 20
  /// The nodes of the tree, those of an alias counted at each use.
  package var nodes = 100_000
  /// The octets of all texts, those of an alias counted at each use: 4 MiB.
  package var textOctets = 4 << 20
  /// How deep lists and maps may stand in each other.
  package var depth = 64
  /// The octets of a key.
  package var keyOctets = 1024
  /// Faults after which the rest is not looked for.
  package var faults = 100

  package init() {}
}
