/// Something that must hold after a run.
struct Check: Sendable, Equatable {
  var name: String
  var holds: Bool
  /// The numbers behind it, or what is wrong.
  var detail: String

  init(_ name: String, _ holds: Bool, _ detail: String = "") {
    self.name = name
    self.holds = holds
    self.detail = detail
  }
}
