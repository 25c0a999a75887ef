import ArgumentParser
import TelephoneKit

/// Values of flags that are written as in pipeline files.
enum FlagValue {
  static func duration(_ text: String) throws -> Duration {
    guard let duration = Duration(text: text) else {
      throw ValidationError("'\(text)' is no duration; write 250ms, 2s or 1m30s.")
    }
    return duration
  }

  static func size(_ text: String) throws -> ByteSize {
    guard let size = ByteSize(text: text) else {
      throw ValidationError("'\(text)' is no size; write 512B, 64KiB or 1MiB.")
    }
    return size
  }
}
