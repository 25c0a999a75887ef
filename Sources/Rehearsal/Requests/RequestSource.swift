import PipelineFile
import TelephoneKit

/// The octets that requests are read from, and where they came from.
struct RequestSource: Sendable {
  /// The file, in whose folder the paths in it begin; or the flag.
  let name: String
  let octets: [UInt8]
  var reader: any PipelineFileReader = DiskFileReader()

  /// The place of an octet, in lines and characters.
  func place(at offset: Int) -> Place {
    let before = octets[..<min(max(offset, 0), octets.count)]
    let newline = UInt8(ascii: "\n")
    let lineStart = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
    return Place(
      file: name, line: before.count { $0 == newline } + 1,
      column: String(decoding: before[lineStart...], as: UTF8.self).count + 1)
  }

  func problem(_ sentence: String, at offset: Int) -> RequestProblem {
    RequestProblem(sentence, at: place(at: offset))
  }

  /// The octets of a file that is named here.
  /// - Parameter offset: where it is named.
  func file(_ path: String, at offset: Int) throws(RequestProblem) -> [UInt8] {
    guard !path.utf8.contains(0) else { throw problem("A path holds no NUL.", at: offset) }
    let found = FilePath.resolve(path, from: name)
    let octets: [UInt8]
    do {
      octets = try reader.octets(of: found, limit: RequestFile.mostOctets)
    } catch {
      throw problem("The file \(found) cannot be read: \(error.reason).", at: offset)
    }
    guard octets.count <= RequestFile.mostOctets else {
      throw problem("The file \(found) has more than 64MiB.", at: offset)
    }
    return octets
  }
}
