/// Where a token came from. The raw value is what is printed.
package enum TokenOrigin: String, CaseIterable, Hashable, Sendable {
  /// `TELEPHONE_TOKEN`.
  case settings
  /// Our own tables.
  case store
  /// The table of the Go program in the same file.
  case legacy = "the Go program's table"
  /// The gateway, in answer to a refresh.
  case refresh
}
