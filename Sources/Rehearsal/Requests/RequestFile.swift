package import PipelineFile
import TelephoneKit

/// Reads files of requests: JSON, recorded exchanges, HAR, `.http` files, and curl command lines.
package enum RequestFile {
  /// The most octets of a file, and of a body: 64 MiB.
  package static let mostOctets = 64 << 20
  /// The most requests of a file.
  package static let mostRequests = 10_000

  /// The endings of files that hold requests.
  package static let endings = ["json", "har", "http", "rest", "curl", "txt"]

  /// All requests of a file, in its order; at least one. What it holds shows in its ending and its first octets.
  package static func read(path: String) throws(RequestProblem) -> [RequestDraft] {
    let octets: [UInt8]
    do {
      octets = try DiskFileReader().octets(of: path, limit: mostOctets)
    } catch {
      throw RequestProblem("The file cannot be read: \(error.reason).", in: path)
    }
    return try read(octets, named: path)
  }

  /// The same for octets that were read already.
  /// - Parameters:
  ///   - file: its name; the files that it names are looked for in its folder.
  ///   - reader: what those are read with.
  package static func read(
    _ octets: [UInt8], named file: String, reader: any PipelineFileReader = DiskFileReader()
  ) throws(RequestProblem) -> [RequestDraft] {
    guard octets.count <= mostOctets else { throw RequestProblem("The file has more than 64MiB.", in: file) }
    // Editors of another system leave a byte order mark.
    let isMarked = octets.starts(with: [0xEF, 0xBB, 0xBF])
    let source = RequestSource(
      name: file, octets: isMarked ? Array(octets.dropFirst(3)) : octets, reader: reader)
    var drafts = try drafts(source)
    for index in drafts.indices { drafts[index].name = drafts[index].name?.printable() }
    guard !drafts.isEmpty else { throw RequestProblem("There is no request in it.", in: file) }
    guard drafts.count <= mostRequests else {
      throw RequestProblem("It holds more than \(mostRequests) requests; split it.", in: file)
    }
    return drafts
  }

  /// The requests of a command line, as it was pasted.
  /// - Parameter name: what it is called in messages.
  package static func read(curl line: String, named name: String = "--curl") throws(RequestProblem) -> [RequestDraft] {
    try CurlReader.drafts(RequestSource(name: name, octets: Array(line.utf8)))
  }

  private static func drafts(_ source: RequestSource) throws(RequestProblem) -> [RequestDraft] {
    let first = source.octets.first { !" \t\r\n".utf8.contains($0) }
    let ending = source.name.split(separator: ".").last?.lowercased() ?? ""
    switch ending {
    case "http", "rest": return try HTTPFileReader.drafts(source)
    case "curl": return try CurlReader.drafts(source)
    default: break
    }
    if ["json", "har"].contains(ending) || first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      let root = try JSONReader.read(source)
      if ending == "har" || root["log"] != nil { return try HARReader(source: source).drafts(root) }
      return try ExchangeReader(source: source).drafts(root)
    }
    let text = source.octets.drop { " \t\r\n$".utf8.contains($0) }
    return text.starts(with: "curl".utf8) ? try CurlReader.drafts(source) : try HTTPFileReader.drafts(source)
  }
}
