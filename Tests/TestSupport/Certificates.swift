import Foundation

/// Certificates that the `openssl` command makes: a CA, a certificate of it for "localhost", and another CA, in a directory of their own.
package struct Certificates: Sendable {
  private let directory: URL

  package init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("telephone-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    for name in ["ca", "other"] {
      try Self.run([
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=\(name)", "-keyout", path("\(name).key"), "-out", path("\(name).pem"),
      ])
    }
    try Self.run([
      "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
      "-keyout", path("server.key"), "-out", path("server.csr"),
    ])
    try "subjectAltName=DNS:localhost\n".write(toFile: path("server.ext"), atomically: true, encoding: .utf8)
    try Self.run([
      "x509", "-req", "-in", path("server.csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-CAcreateserial",
      "-days", "2", "-extfile", path("server.ext"), "-out", path("server.pem"),
    ])
  }

  package func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

  package func remove() { try? FileManager.default.removeItem(at: directory) }

  private struct Failed: Error { var arguments: [String] }

  private static func run(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(arguments: arguments) }
  }
}
