import Foundation
import NIOCore
import Rehearsal
import Testing

@Suite struct FileOfRequestsTests {
  @Test(arguments: [
    ("a.txt", "  \n$ curl http://x/curl"), ("a.txt", #"{"target": "/json"}"#), ("a.txt", "GET http://x/http\n"),
    ("noending", #"[{"target": "/list"}]"#), ("a.REST", "GET http://x/rest\n"), ("a.curl", "curl http://x/c"),
    ("sub.har/x", "GET http://x/folder\n"),
  ])
  func `what a file holds shows in its ending and its first octets`(file: String, text: String) throws {
    #expect(try Requests.all(text, in: file).count == 1)
  }

  @Test func `a file is read from the disk, with the files that it names beside it`() throws {
    try Requests.withFolder { folder in
      try Requests.write("POST http://x/\n\n< body.txt\n".utf8, to: "\(folder)/a.http")
      try Requests.write("hello".utf8, to: "\(folder)/body.txt")
      #expect(try RequestFile.read(path: "\(folder)/a.http").first?.text == "hello")
    }
  }

  @Test func `a file that cannot be read, and one that is too large`() throws {
    try Requests.withFolder { folder in
      #expect(throws: RequestProblem("The file cannot be read: No such file or directory.", in: "\(folder)/no.har")) {
        try RequestFile.read(path: "\(folder)/no.har")
      }
      #expect(throws: RequestProblem("The file cannot be read: Is a directory.", in: folder)) {
        try RequestFile.read(path: folder)
      }
      let path = "\(folder)/large.har"
      try Requests.write([], to: path)
      let file = try FileHandle(forWritingTo: URL(filePath: path))
      try file.truncate(atOffset: UInt64(RequestFile.mostOctets) + 1)
      try file.close()
      #expect(throws: RequestProblem("The file has more than 64MiB.", in: path)) { try RequestFile.read(path: path) }
      #expect(
        Requests.problem("curl http://x/ -d @large.har", in: "\(folder)/a.curl")?.contains("has more than 64MiB")
          == true)
    }
  }

  @Test func `an empty file, and octets of any kind, end in a sentence`() {
    #expect(Requests.problem("", in: "a.txt") == "a.txt: There is no request in it.")
    var random = SystemRandomNumberGenerator()
    for ending in ["json", "har", "http", "txt", "curl"] {
      for _ in 0..<200 {
        let octets = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) }
        _ = Requests.problem(octets, in: "a.\(ending)")
      }
    }
  }
}
