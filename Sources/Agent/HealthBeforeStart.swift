import Foundation

/// The health of a process whose agent is not there yet: the keys of its token are waited for.
struct HealthBeforeStart: Encodable {
  var status = "unhealthy"
  var connected = false
  var ready = false
  var phase = "starting"
  var startedAt: String

  init(startedAt: Date) { self.startedAt = startedAt.ISO8601Format() }
}
