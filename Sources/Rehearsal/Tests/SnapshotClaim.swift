import NIOCore
import PipelineFile
import TelephoneKit

/// What a snapshot is to hold, as a test says.
struct SnapshotClaim: Sendable {
  var path: String
  /// Where the test names it.
  var place: Place
  var subject: String
  var body: ByteBuffer
  /// Of the request whose body it is.
  var result: RehearsalResult
}
