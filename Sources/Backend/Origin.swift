package import HTTPWire
import NIOCore
package import TelephoneKit

/// Where a backend is: scheme, host and port (RFC 6454, 4), such as `http://127.0.0.1:8080` or `https://[::1]`; or a
/// Unix domain socket, `unix:/run/app.sock`, with HTTP on it.
///
/// It comes from local configuration only, never from the wire.
package struct Origin: Sendable {
  package enum Scheme: String, Sendable, Hashable {
    case http
    case https

    var defaultPort: Int { self == .http ? 80 : 443 }
  }

  package let scheme: Scheme
  /// A name or an address in lower case, an IPv6 address without its brackets.
  package let host: String
  package let port: Int
  /// The path of a Unix domain socket; the host is then `localhost`.
  package let socketPath: String?
  /// The value of `Host`: without the port where it is the scheme's own, an IPv6 address in brackets.
  package let authority: String

  package init(scheme: Scheme, host: String, port: Int? = nil) {
    self.init(scheme, host, port ?? scheme.defaultPort, socketPath: nil)
  }

  private init(_ scheme: Scheme, _ host: String, _ port: Int, socketPath: String?) {
    self.scheme = scheme
    self.host = host
    self.port = port
    self.socketPath = socketPath
    let bracketed = host.contains(":") ? "[\(host)]" : host
    authority = port == scheme.defaultPort ? bracketed : "\(bracketed):\(port)"
  }

  /// - Throws: an ``OriginError`` for a path that is not absolute, or longer than a system takes.
  package init(socketPath: String) throws(OriginError) {
    guard socketPath.hasPrefix("/"), !socketPath.hasPrefix("//"), !socketPath.utf8.contains(0) else {
      throw OriginError("the path of a Unix socket is absolute: unix:/run/app.sock")
    }
    guard socketPath.utf8.count <= Self.longestSocketPath else {
      throw OriginError("the path of a Unix socket has at most \(Self.longestSocketPath) octets")
    }
    self.init(.http, "localhost", Scheme.http.defaultPort, socketPath: socketPath)
  }

  /// The size of `sun_path`, without its NUL, on the system that has the smallest.
  private static let longestSocketPath = 103

  /// - Throws: an ``OriginError`` for anything but `http` or `https`, a host, and perhaps a port; or `unix:` and a path,
  ///   also written as `unix:///path`.
  package init(_ text: String) throws(OriginError) {
    if text.prefix(5).lowercased() == "unix:" {
      let path = text.dropFirst(5)
      try self.init(socketPath: String(path.hasPrefix("///") ? path.dropFirst(2) : path))
      return
    }
    let (origin, target) = try Self.parse(url: text)
    guard target.isEmpty else {
      throw OriginError("an origin has no path and no query; write it as \(origin.text)")
    }
    self = origin
  }

  /// Takes a URL apart. The target is what follows the authority, as it stands there; it may be empty.
  package static func parse(url: String) throws(OriginError) -> (origin: Origin, target: String) {
    guard let mark = url.firstRange(of: "://"),
      let scheme = Scheme(rawValue: url[..<mark.lowerBound].lowercased())
    else { throw OriginError("the URL must begin with http:// or https://") }
    let rest = url[mark.upperBound...]
    let authority = rest.prefix { !"/?#\\".contains($0) }
    let target = String(rest[authority.endIndex...])
    // What stands before an @ may be a password: it is not shown.
    guard !authority.contains("@") else { throw OriginError("the URL must not hold a user name or a password") }
    guard !target.contains("#"), !target.contains("\\") else {
      throw OriginError("the URL must not hold a fragment or a backslash")
    }
    let (host, port) = try split(authority)
    return (Origin(scheme: scheme, host: host, port: port), target)
  }

  private static func split(_ authority: Substring) throws(OriginError) -> (host: String, port: Int?) {
    var host = authority
    var port: Substring?
    if authority.first == "[" {
      guard let end = authority.firstIndex(of: "]") else { throw OriginError("the '[' of the host has no ']'") }
      host = authority[authority.index(after: authority.startIndex)..<end]
      let rest = authority[authority.index(after: end)...]
      guard rest.isEmpty || rest.first == ":" else { throw OriginError("only a port may follow the ']' of the host") }
      if !rest.isEmpty { port = rest.dropFirst() }
      guard host.contains(":"), (try? SocketAddress(ipAddress: String(host), port: 0)) != nil else {
        throw OriginError("what stands in brackets is no IPv6 address")
      }
    } else {
      if let colon = authority.firstIndex(of: ":") {
        host = authority[..<colon]
        port = authority[authority.index(after: colon)...]
        guard port?.contains(":") == false else {
          throw OriginError("an IPv6 address stands in brackets: http://[::1]")
        }
      }
      guard !host.isEmpty else { throw OriginError("the URL has no host") }
      guard host.utf8.count <= 253, host.utf8.allSatisfy(isHostOctet) else {
        throw OriginError("the host may have letters, digits, '-', '.' and '_' only")
      }
    }
    guard let port else { return (host.lowercased(), nil) }
    guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(port), (1...65535).contains(number)
    else { throw OriginError("the port must be from 1 to 65535") }
    return (host.lowercased(), number)
  }

  private static func isHostOctet(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }

  package var text: String { socketPath.map { "unix:\($0)" } ?? "\(scheme.rawValue)://\(authority)" }

  package var endpoint: ClientEndpoint { socketPath.map { .unix(path: $0) } ?? .tcp(host: host, port: port) }
}

/// What is wrong with a URL, as half a sentence. No part of the URL is in it where a password could stand.
package struct OriginError: Error, Hashable, CustomStringConvertible {
  package let sentence: String

  init(_ sentence: String) { self.sentence = sentence }

  package var description: String { sentence }
}

// By what it was made from: a pool is looked up for each request, and what is derived decides nothing.
extension Origin: Hashable {
  package static func == (left: Origin, right: Origin) -> Bool {
    left.port == right.port && left.scheme == right.scheme && left.host == right.host
      && left.socketPath == right.socketPath
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(scheme)
    hasher.combine(host)
    hasher.combine(port)
    hasher.combine(socketPath)
  }
}

extension Origin: OptionValue {
  package static var kind: OptionKind {
    .form(
      "an origin such as http://127.0.0.1:8080 or unix:/run/app.sock",
      pattern: "^([hH][tT][tT][pP][sS]?://.|[uU][nN][iI][xX]:/)")
  }

  package init(_ input: OptionInput) throws(OptionProblem) {
    let text = try input.scalar(Self.kind.words)
    do {
      try self.init(text)
    } catch {
      throw OptionProblem("expected \(Self.kind.words): \(error.sentence)", place: input.place)
    }
  }

  package var optionText: String { text }
}
