import Foundation
import NIOCore
import PipelineFile

/// The files that hold bodies as they were once.
struct Snapshots: Sendable {
  /// Why there is nothing to compare with.
  struct Problem: Error {
    var sentence: String
  }

  let reader: any PipelineFileReader

  /// What a file holds.
  /// - Returns: `nil` if there is no such file.
  /// - Throws: ``Problem`` if there is something that cannot be read.
  func held(_ path: String) throws(Problem) -> ByteBuffer? {
    do {
      return ByteBuffer(bytes: try reader.octets(of: path, limit: FileContents.mostOctets))
    } catch {
      if error.isMissing { return nil }
      throw Problem(sentence: "the file cannot be read: \(error.reason)")
    }
  }

  /// Makes a file hold a body, and makes the folders that lead to it.
  func write(_ body: ByteBuffer, to path: String) throws(Problem) {
    do {
      let url = URL(fileURLWithPath: path)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(body.readableBytesView).write(to: url, options: .atomic)
    } catch {
      throw Problem(sentence: "the file cannot be written: \(error.localizedDescription)")
    }
  }
}
