import BenchKit
import NIOCore
import NIOPosix

// A floor: the load of `bench-load requests`, by NIO's own HTTP/1.1 client handlers on one event loop.
let loop = MultiThreadedEventLoopGroup.singleton.next()
while let line = readLine() {
  guard let command = LoadCommand(line: line), command.kind == .requests else {
    Output.complain("error: no command: \(line)")
    continue
  }
  let load = FloorLoad(command, loop)
  loop.execute { load.start() }
  do {
    Output.print(try load.done.futureResult.map(\.line).wait())
  } catch {
    Output.print(Measurement(problem: "\(error)").line)
  }
}
