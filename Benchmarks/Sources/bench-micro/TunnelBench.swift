import NIOCore
import Tunnel

/// The frames of protocol 2, and the books of its credit.
enum TunnelBench {
  static func run(in suite: inout Suite) throws {
    let terms = LineTerms()
    let data = Frame(.data, stream: 7, payload: ByteBuffer(repeating: UInt8(ascii: "x"), count: 1024))
    var message = ByteBuffer()
    for _ in 0..<16 { message.writeFrame(data) }
    let sixteen = message

    var written = ByteBufferAllocator().buffer(capacity: 64 << 10)
    suite.run("frame codec, write a DATA of 1 KiB", count: 20_000) {
      written.clear()
      written.writeFrame(data)
    }
    try suite.run("frame codec, read 16 DATA of 1 KiB", count: 5000) {
      var decoder = try FrameDecoder(sixteen, terms: terms)
      while try decoder.next() != nil {}
    }

    var sending = SendCredit(terms.streamCredit)
    suite.run("credit book, send 1 KiB", count: 50_000) {
      sending.use(payload: 1024)
      _ = sending.add(1034)
    }
    var receiving = ReceiveCredit(terms.streamCredit)
    var budget = GrowthBudget(16 << 20)
    suite.run("credit book, receive 1 KiB", count: 50_000) {
      _ = receiving.receive(payload: 1024) { .zero }
      _ = receiving.consume(cost: 1034, budget: &budget) { .zero }
    }
  }
}
