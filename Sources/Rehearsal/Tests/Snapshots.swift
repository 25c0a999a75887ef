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
  /// Whether what is missing or differs is written.
  let updates: Bool

  /// What a file holds; with ``updates`` it is made to hold what is there now.
  /// - Returns: `nil` if it was written just now.
  func expected(_ path: String, actual: ByteBuffer) throws(Problem) -> ByteBuffer? {
    let limit = FileContents.mostOctets
    let held = try? reader.octets(of: path, limit: limit)
    if let held, !updates || held.elementsEqual(actual.readableBytesView) { return ByteBuffer(bytes: held) }
    guard updates else {
      throw Problem(sentence: "there is no such file yet; 'telephone test --update' writes it")
    }
    do {
      let url = URL(fileURLWithPath: path)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(actual.readableBytesView).write(to: url, options: .atomic)
      return nil
    } catch {
      throw Problem(sentence: "the file cannot be written: \(error.localizedDescription)")
    }
  }
}
