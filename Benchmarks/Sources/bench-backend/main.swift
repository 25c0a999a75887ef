import BenchKit
import NIOCore
import NIOPosix

// The backend of all benchmarks: prints `listening PORT` and serves until its standard input ends.
//
//   /small       1 KiB of text
//   /bytes/N     N octets of text
//   /endless     a chunked answer that never ends, as fast as it is read
//   /idle        an event stream: one event, and then nothing
//   anything else, with a body: how many octets came
do {
  let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    .serverChannelOption(.backlog, value: 8192)
    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
    .childChannelOption(.writeBufferWaterMark, value: .init(low: 128 << 10, high: 512 << 10))
    .childChannelInitializer { channel in
      channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(BackendHandler()) }
    }
    .bind(host: "127.0.0.1", port: 0).get()
  Output.print("listening \(server.localAddress?.port ?? 0)")
} catch {
  Output.complain("error: \(error)")
}
while readLine() != nil {}
