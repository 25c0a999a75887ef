import Foundation

/// Where a server listens: `127.0.0.1:4000`, `[::1]:4000`, or `:4000` for all addresses.
struct ListenAddress: Equatable {
  /// `nil`: all addresses.
  var host: String?
  /// From 0 to 65535; 0: the system chooses.
  var port: Int

  init(host: String?, port: Int) {
    self.host = host
    self.port = port
  }

  /// - Parameter flag: what it was given with, for the error.
  /// - Throws: a ``CommandProblem`` if it is none.
  init(_ text: String, flag: String) throws {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65535).contains(port)
    else {
      throw CommandProblem("\(flag) must be an address and a port such as 127.0.0.1:4000, not '\(text)'.", .usage)
    }
    let host = text[..<colon].trimmingCharacters(in: ["[", "]"])
    self.init(host: host.isEmpty ? nil : host, port: port)
  }
}
