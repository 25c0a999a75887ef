/// What came out of one house.
struct ShapeResult: Sendable {
  var shape: HouseShape
  var checks: [Check] = []
  /// How long lines took to be up again, by the fault that took them off.
  var upAgain: [Fault.Kind: Distribution] = [:]
  var faults = 0
  var exchanges = 0
  var losses = 0
}
