import Foundation
import TelephoneKit

extension ManualClock {
  /// The date when the clock was made, 2026-01-01T00:00:00Z, and the time that has passed on it since.
  @Sendable func date() -> Date {
    Date(timeIntervalSince1970: 1_767_225_600).addingTimeInterval(now.offset / .seconds(1))
  }
}
