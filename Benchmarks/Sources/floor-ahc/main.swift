import AsyncHTTPClient
import BenchKit
import NIOCore

// A floor: the load of `bench-load requests`, by async-http-client as its documentation shows it. One task for each
// request in flight, and as many connections.
while let line = readLine() {
  guard let command = LoadCommand(line: line), command.kind == .requests else {
    Output.complain("error: no command: \(line)")
    continue
  }
  var configuration = HTTPClient.Configuration()
  configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = command.count
  let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  let measurement: Measurement
  do {
    measurement = try await FloorLoad(command, client).run()
  } catch {
    measurement = Measurement(problem: "\(error)")
  }
  Output.print(measurement.line)
  try? await client.shutdown().get()
}
