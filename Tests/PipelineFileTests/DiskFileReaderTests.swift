import Foundation
import Testing

@testable import PipelineFile

struct `Files of this machine` {
  /// A pipe with a name and a writer, which is this process.
  private struct Pipe {
    let path: String
    let descriptor: Int32

    init() throws {
      path = FileManager.default.temporaryDirectory.appending(path: "telephone-\(UUID().uuidString)").path
      try #require(mkfifo(path, 0o600) == 0)
      descriptor = open(path, O_RDWR)
      try #require(descriptor >= 0)
    }

    func write(_ text: String) -> Bool {
      let octets = Array(text.utf8)
      return octets.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) } == octets.count
    }

    /// Whether octets are in it that nobody has read.
    var holdsOctets: Bool {
      var asked = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      return poll(&asked, 1, 0) == 1
    }

    func closeWriter() { close(descriptor) }

    func remove() { unlink(path) }
  }

  @Test func `what a writer gives late is read to its end`() async throws {
    let pipe = try Pipe()
    defer { pipe.remove() }
    Thread.detachNewThread {
      for part in ["one ", "two ", "three"] {
        guard pipe.write(part) else { break }
        while pipe.holdsOctets { sched_yield() }
      }
      pipe.closeWriter()
    }
    let octets = try DiskFileReader().octets(of: pipe.path, limit: 100)
    #expect(String(decoding: octets, as: UTF8.self) == "one two three")
  }

  @Test func `a writer that gives nothing is not waited for without end`() throws {
    let pipe = try Pipe()
    defer {
      pipe.closeWriter()
      pipe.remove()
    }
    var reader = DiskFileReader()
    reader.patience = 0
    let error = #expect(throws: PipelineFileReadError.self) { try reader.octets(of: pipe.path, limit: 100) }
    #expect(error?.reason == "Nothing was written to it for 0 s")
  }

  @Test func `a pipe without a writer is empty`() throws {
    let pipe = try Pipe()
    defer { pipe.remove() }
    pipe.closeWriter()
    #expect(try DiskFileReader().octets(of: pipe.path, limit: 100) == [])
  }
}
