import NIOCore
import TestSupport

/// An answer as it came over the wire.
struct WireAnswer: Sendable {
  var status: Int
  /// Lines as they came, names in lower case.
  var fields: [String]
  var body: ByteBuffer

  var text: String { String(buffer: body) }

  func field(_ name: String) -> String? {
    fields.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
  }
}

/// Writes one request and reads to the end of the connection.
func call(
  _ port: Int, _ target: String, method: String = "GET", fields: [String] = [], body: ByteBuffer? = nil
) async throws -> WireAnswer {
  var head = "\(method) \(target) HTTP/1.1\r\nHost: example.org\r\n"
  for field in fields { head += "\(field)\r\n" }
  if let body { head += "Content-Length: \(body.readableBytes)\r\n" }
  if !fields.contains(where: { $0.hasPrefix("Connection:") }) { head += "Connection: close\r\n" }
  let connection = try await RawClient.connect(port: port)
  // A refusal may come, and the connection end, while the request is still being written.
  async let written: Void = connection.write(ByteBuffer(string: head + "\r\n"))
  try await written
  if let body { try? await connection.write(body) }
  var octets = await connection.readAll()
  await connection.close()
  guard let end = octets.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)),
    let top = octets.readString(length: end.upperBound - octets.readerIndex)
  else { throw Phone.Ended() }
  var lines = top.split(separator: "\r\n").map(String.init)
  let status = Int(lines.removeFirst().split(separator: " ").dropFirst().first ?? "") ?? 0
  lines = lines.map { line in
    guard let colon = line.firstIndex(of: ":") else { return line }
    return line[..<colon].lowercased() + line[colon...]
  }
  return WireAnswer(status: status, fields: lines, body: octets)
}

extension WireAnswer {
  /// Whether the content ends as its framing says.
  var isWhole: Bool {
    if let length = field("content-length").flatMap({ Int($0) }) { return body.readableBytes == length }
    return field("transfer-encoding") == nil || text.hasSuffix("0\r\n\r\n")
  }
}
