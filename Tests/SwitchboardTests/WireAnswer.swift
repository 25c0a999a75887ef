import NIOCore
import TestSupport

/// An answer as it came over the wire.
struct WireAnswer: Sendable {
  var status: Int
  /// Lines as they came, names in lower case.
  var fields: [String]
  var body: ByteBuffer
  /// Whether the content ends as its framing says.
  var isWhole = true

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
  var answer = WireAnswer(status: status, fields: lines, body: octets)
  if answer.field("transfer-encoding") == "chunked" { answer.takeChunksApart() }
  if method != "HEAD", let length = answer.field("content-length").flatMap({ Int($0) }) {
    answer.isWhole = octets.readableBytes == length
  }
  return answer
}

extension WireAnswer {
  /// Joins the chunks. Without a last one the answer is not whole.
  fileprivate mutating func takeChunksApart() {
    var whole = ByteBuffer()
    isWhole = false
    while let end = body.readableBytesView.firstRange(of: Array("\r\n".utf8)),
      let line = body.readString(length: end.lowerBound - body.readerIndex), let size = Int(line, radix: 16)
    {
      body.moveReaderIndex(forwardBy: 2)
      if size == 0 {
        isWhole = body.readableBytesView.suffix(2).elementsEqual("\r\n".utf8)
        break
      }
      guard let chunk = body.readSlice(length: size), body.readBytes(length: 2) != nil else { break }
      whole.writeImmutableBuffer(chunk)
    }
    body = whole
  }
}
