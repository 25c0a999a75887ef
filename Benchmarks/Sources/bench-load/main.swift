import BenchKit
import NIOCore
import NIOPosix

// A load generator: HTTP/1.1 with keep-alive on bare NIO and one event loop. It reads commands (`LoadCommand`, a line of
// JSON each) from its standard input; for each it prints `measuring` when the measured time begins, then a line of JSON
// (`Measurement`). `stop` ends what has no end of its own.
let loop = MultiThreadedEventLoopGroup.singleton.next()
while let line = readLine() {
  guard let command = LoadCommand(line: line) else {
    Output.complain("error: no command: \(line)")
    continue
  }
  let load: any Load =
    switch command.kind {
    case .requests: RequestLoad(command, loop)
    case .paced: PacedLoad(command, loop)
    case .download, .upload, .stream: Transfer(command, loop)
    case .idle: IdleStreams(command, loop)
    }
  let result = load.done.futureResult.map(\.line)
  loop.execute { load.start() }
  if command.kind == .stream || command.kind == .idle {
    while let line = readLine(), line != "stop" {}
    loop.execute { load.stop() }
  }
  do {
    Output.print(try result.wait())
  } catch {
    Output.print(Measurement(problem: "\(error)").line)
  }
}
