import Dispatch
import Foundation
import Logging
import Synchronization
import Testing

@testable import TelephoneCLI

/// Takes what a writer writes, and is as slow as a test wants.
private final class SlowReader: Sendable {
  private let written = Mutex<[String]>([])
  private let entered = DispatchSemaphore(value: 0)
  private let gate = DispatchSemaphore(value: 0)
  private let isOpen = Mutex(false)

  var text: String { written.withLock { $0.joined() } }
  var lines: [Substring] { text.split(separator: "\n") }

  func take(_ text: String) {
    entered.signal()
    if !isOpen.withLock({ $0 }) { gate.wait() }
    written.withLock { $0.append(text) }
  }

  /// Returns when the writer waits for the reader.
  func untilWriting() { entered.wait() }

  /// Reads all from now on.
  func open() {
    isOpen.withLock { $0 = true }
    gate.signal()
  }
}

@Suite(.timeLimit(.minutes(1))) struct LogWriterTests {
  /// A writer that waits for its reader, which has taken nothing yet.
  private func stuck(_ format: LogFormat = .text) -> (LogWriter, SlowReader) {
    let reader = SlowReader()
    let writer = LogWriter(format: format) { reader.take($0.description) }
    writer.write(size: 1) { $0 += "first\n" }
    reader.untilWriting()
    return (writer, reader)
  }

  @Test func `lines come in their order, and a flush waits for them`() {
    let lines = Mutex("")
    let writer = LogWriter { text in lines.withLock { $0 += text.description } }
    for number in 0..<5000 { writer.write(size: 10, number % 2 == 0 ? .usual : .routine) { $0 += "\(number)\n" } }
    writer.flush(within: 30)
    #expect(lines.withLock { $0 } == (0..<5000).map { "\($0)\n" }.joined())
    #expect(writer.dropped == 0)
  }

  @Test func `a flush waits no longer than it may`() {
    let (writer, reader) = stuck()
    writer.flush(within: 0.01)
    #expect(reader.text == "")
    reader.open()
    writer.flush(within: 30)
    #expect(reader.text == "first\n")
  }

  @Test(arguments: LogFormat.allCases)
  func `when its reader is slow lines are left out and counted, access lines first`(_ format: LogFormat) throws {
    let (writer, reader) = stuck(format)
    let size = 64 * 1024
    // Three quarters of the room are for access lines, all of it for the others.
    for number in 0..<50 { writer.write(size: size, .routine) { $0 += "{\"routine\":\(number)}\n" } }
    #expect(writer.dropped == 2)
    for number in 0..<20 { writer.write(size: size) { $0 += "{\"usual\":\(number)}\n" } }
    #expect(writer.dropped == 6)
    writer.write(size: 1, .routine) { $0 += "no room\n" }
    writer.write(size: size) { $0 += "no room\n" }
    #expect(writer.dropped == 8)
    reader.open()
    writer.flush(within: 30)
    #expect(!reader.text.contains("no room"))
    #expect(reader.lines.count { $0.contains("routine") } == 48)
    #expect(reader.lines.count { $0.contains("usual") } == 16)
    // It is said once, in the form of all lines.
    let told = try #require(reader.lines.first { $0.contains("left out") })
    #expect(reader.lines.count { $0.contains("left out") } == 1)
    if format == .json {
      let members = try #require(try JSONSerialization.jsonObject(with: Data(told.utf8)) as? [String: Any])
      #expect(members["level"] as? String == "warning")
      #expect(members["lines"] as? Int == 8)
    } else {
      #expect(told.contains(" warning log: lines were left out, the reader of the log is too slow lines=8"))
    }
    // There is room again, and the count goes on.
    writer.write(size: size, .routine) { $0 += "again\n" }
    writer.flush(within: 30)
    #expect(reader.text.hasSuffix("again\n"))
    #expect(writer.dropped == 8)
  }

  @Test func `many small lines are bounded by their number`() {
    let (writer, reader) = stuck()
    for _ in 0..<LogWriter.mostLines { writer.write(size: 1, .routine) { $0 += "routine\n" } }
    #expect(writer.dropped == LogWriter.mostLines / 4)
    for _ in 0..<LogWriter.mostLines { writer.write(size: 1) { $0 += "usual\n" } }
    #expect(writer.dropped == LogWriter.mostLines)
    reader.open()
    writer.flush(within: 30)
    #expect(reader.lines.count { $0 == "routine" } == LogWriter.mostLines * 3 / 4)
    #expect(reader.lines.count { $0 == "usual" } == LogWriter.mostLines / 4)
  }

  @Test func `nobody who logs waits for the reader`() async {
    let (writer, reader) = stuck()
    await withDiscardingTaskGroup { group in
      for _ in 0..<8 { group.addTask { for _ in 0..<1000 { writer.write(size: 10) { $0 += "x\n" } } } }
    }
    #expect(writer.dropped == 0)
    reader.open()
    writer.flush(within: 30)
    #expect(reader.lines.count == 8001)
  }

  @Test func `metadata of every kind comes in the order of the names`() {
    struct Fault: Error, CustomStringConvertible { var description: String { "it broke" } }
    let lines = Mutex("")
    let writer = LogWriter { text in lines.withLock { $0 += text.description } }
    var logger = Logger(label: "test") { LineLogHandler(label: $0, format: .text, writer: writer) }
    logger.logLevel = .notice
    logger[metadataKey: "line"] = "2"
    logger.info("not seen")
    logger.warning(
      "a message",
      metadata: [
        "number": .stringConvertible(7), "flag": .stringConvertible(true), "ratio": .stringConvertible(0.5),
        "list": ["a", "b"], "inner": ["b": "2", "a": "1"], "line": "3",
      ])
    logger.error("broken", error: Fault())
    writer.flush(within: 30)
    let told = lines.withLock { $0.split(separator: "\n") }
    #expect(told.count == 2)
    #expect(
      told.first?.hasSuffix(
        #" warning test: a message flag=true inner.a=1 inner.b=2 line=3 list="[\"a\", \"b\"]" number=7 ratio=0.5"#)
        == true, "\(told)")
    #expect(told.last?.hasSuffix(#" error   test: broken error="it broke" line=2"#) == true, "\(told)")
  }

  @Test func `a reader that is gone, and one that takes little at a time, are borne`() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    _ = fcntl(ends[1], F_SETFL, fcntl(ends[1], F_GETFL) | O_NONBLOCK)
    var text = LogText()
    for _ in 0..<50_000 { text += "0123456789\n" }
    let (whole, size) = (text, text.count)
    let output = FileOutput(descriptor: ends[1])
    let thread = Thread { output.write(whole) }
    thread.start()
    var read = 0
    var buffer = [UInt8](repeating: 0, count: 8192)
    while read < size {
      let count = Foundation.read(ends[0], &buffer, buffer.count)
      try #require(count > 0)
      read += count
    }
    #expect(read == size)
    signal(SIGPIPE, SIG_IGN)
    close(ends[0])
    output.write(whole)
    close(ends[1])
    output.write(whole)
  }
}
