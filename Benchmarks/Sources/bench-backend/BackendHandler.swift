import BenchKit
import NIOCore

/// One connection of the backend: requests in turn, answers from octets that are there already.
final class BackendHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private static let small = answer("Content-Length: 1024", String(repeating: "x", count: 1024))
  private static let idle = answer(
    "Transfer-Encoding: chunked", "9\r\ndata: 0\n\n\r\n")
  private static let endless = answer("Transfer-Encoding: chunked", "")
  private static let block = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 << 10)
  private static let chunk = ByteBuffer(
    string: "10000\r\n" + String(repeating: "x", count: 64 << 10) + "\r\n")

  private var reader = MessageReader(requests: true)
  private var target = ""
  private var received = 0
  /// What is still to be written of the answer's body; `nil`: nothing is being written.
  private var left: Int?
  private var isEndless = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    reader.append(unwrapInboundIn(data))
    do {
      while let event = try reader.next() {
        switch event {
        case .head(let head):
          target = String(head.target)
          received = 0
        case .octets(let count): received += count
        case .end: answer(context)
        }
      }
    } catch {
      context.close(promise: nil)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

  func channelWritabilityChanged(context: ChannelHandlerContext) { pump(context) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func answer(_ context: ChannelHandlerContext) {
    switch target {
    case "/small": context.write(wrapOutboundOut(Self.small), promise: nil)
    case "/idle": context.write(wrapOutboundOut(Self.idle), promise: nil)
    case "/endless":
      context.write(wrapOutboundOut(Self.endless), promise: nil)
      isEndless = true
      pump(context)
    case _ where target.hasPrefix("/bytes/"):
      let count = Int(target.dropFirst(7)) ?? 0
      context.write(wrapOutboundOut(Self.answer("Content-Length: \(count)", "")), promise: nil)
      left = count
      pump(context)
    default:
      let text = "\(received)\n"
      context.write(wrapOutboundOut(Self.answer("Content-Length: \(text.utf8.count)", text)), promise: nil)
    }
  }

  /// Writes as much of a large body as the socket takes.
  private func pump(_ context: ChannelHandlerContext) {
    var hasWritten = false
    while context.channel.isActive, context.channel.isWritable {
      if isEndless {
        context.write(wrapOutboundOut(Self.chunk), promise: nil)
      } else if let octets = left {
        let count = min(octets, Self.block.readableBytes)
        var part = Self.block
        if let slice = part.readSlice(length: count) { context.write(wrapOutboundOut(slice), promise: nil) }
        left = octets == count ? nil : octets - count
      } else {
        break
      }
      hasWritten = true
    }
    if hasWritten { context.flush() }
  }

  private static func answer(_ fields: String, _ body: String) -> ByteBuffer {
    ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\(fields)\r\n\r\n\(body)")
  }
}
