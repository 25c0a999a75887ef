import Foundation
import NIOCore
import PipelineFile
import TelephoneKit

/// Writes what tests claim into their snapshots: test by test, in the order of the files, so that of two bodies for one file
/// it is always the same that stays.
struct SnapshotUpdate {
  let snapshots: Snapshots
  /// What the files hold for tests that passed, by ``identity(of:)``.
  private var taken: [String: (test: PipelineTest, body: ByteBuffer)] = [:]

  init(_ snapshots: Snapshots) { self.snapshots = snapshots }

  /// Writes those of a test that passed. The test fails, and nothing of it is written, if one of them cannot be had.
  mutating func settle(_ result: inout TestResult) {
    let claims = result.claims
    result.claims = []
    guard result.hasPassed else { return }
    var own = taken
    var differing: [SnapshotClaim] = []
    for claim in claims {
      let file = Self.identity(of: claim.path)
      do throws(Snapshots.Problem) {
        if let (test, body) = own[file] {
          guard body == claim.body else {
            throw Snapshots.Problem(
              sentence: "the test '\(test.name)' (\(test.place)) has another body for this file; name a file of its own"
            )
          }
          continue
        }
        if try snapshots.held(claim.path) != claim.body { differing.append(claim) }
        own[file] = (result.test, claim.body)
      } catch {
        result.fail(claim, error)
      }
    }
    guard result.hasPassed else { return }
    for claim in differing {
      do {
        try snapshots.write(claim.body, to: claim.path)
      } catch {
        result.fail(claim, error)
      }
    }
    taken = own
  }

  /// What a path leads to, however it is written.
  static func identity(of path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
  }
}

extension TestResult {
  /// Keeps a claim until all tests have ended. Of one file two are kept if they differ, and no more.
  mutating func keep(_ claim: SnapshotClaim) {
    let others = claims.filter { $0.path == claim.path }
    if others.isEmpty || others.count == 1 && others[0].body != claim.body { claims.append(claim) }
  }

  fileprivate mutating func fail(_ claim: SnapshotClaim, _ problem: Snapshots.Problem) {
    let redaction = claim.result.redaction
    failures.append(
      TestFailure(
        claim.subject, at: claim.place, expected: redaction.shown(problem.sentence),
        actual: redaction.shown(String(buffer: claim.body))))
    failed = failed ?? claim.result
  }
}
