package import HTTPTypes
package import NIOCore

/// The payload of REQUEST_HEAD.
package struct RequestHeadFrame: Sendable, Equatable {
  /// A payload that makes no request: it is answered 400.
  package struct Fault: Error, Sendable, Equatable {
    package var sentence: String
    /// The method, if it could be read.
    package var method: HTTPRequest.Method?
  }

  package var method: HTTPRequest.Method
  /// `http` or `https`.
  package var scheme: String
  /// Stands for `Host`; may be empty.
  package var authority: String
  /// Path and query as received, or `*`.
  package var target: String
  /// `nil` on the wire is an empty string.
  package var clientAddress: String?
  /// Without `Host` and the hop-by-hop fields.
  package var fields: HTTPFields

  package init(
    method: HTTPRequest.Method, scheme: String = "http", authority: String = "", target: String = "/",
    clientAddress: String? = nil, fields: HTTPFields = [:]
  ) {
    self.method = method
    self.scheme = scheme
    self.authority = authority
    self.target = target
    self.clientAddress = clientAddress
    self.fields = fields
  }

  /// Appends the payload.
  /// - Returns: `false` if something is longer than its length field can tell; the buffer is then unusable.
  package func write(into buffer: inout ByteBuffer) -> Bool {
    write8(method.rawValue, into: &buffer) && write8(scheme, into: &buffer) && write16(authority, into: &buffer)
      && write16(target, into: &buffer) && write8(clientAddress ?? "", into: &buffer)
      && FieldSection.write(fields, into: &buffer)
  }

  private func write8(_ text: String, into buffer: inout ByteBuffer) -> Bool {
    guard let length = UInt8(exactly: text.utf8.count) else { return false }
    buffer.writeInteger(length)
    buffer.writeString(text)
    return true
  }

  private func write16(_ text: String, into buffer: inout ByteBuffer) -> Bool {
    guard let length = UInt16(exactly: text.utf8.count) else { return false }
    buffer.writeInteger(length)
    buffer.writeString(text)
    return true
  }
}

extension RequestHeadFrame {
  package init(_ payload: ByteBuffer) throws(Fault) {
    var payload = payload
    guard let length = payload.readInteger(as: UInt8.self), let token = payload.readString(length: Int(length)),
      let method = HTTPRequest.Method(token)
    else { throw Fault(sentence: "The method is no token.") }
    self.method = method
    func text<Length: FixedWidthInteger>(_ name: String, _ length: Length.Type) throws(Fault) -> String {
      guard let length = payload.readInteger(as: length), let text = payload.readString(length: Int(length)) else {
        throw Fault(sentence: "The head ends inside the \(name).", method: method)
      }
      // What is no UTF-8 was replaced, by no ASCII either.
      guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
        throw Fault(sentence: "The \(name) has an octet that is no visible ASCII.", method: method)
      }
      return text
    }
    scheme = try text("scheme", UInt8.self)
    guard scheme == "http" || scheme == "https" else {
      throw Fault(sentence: "The scheme is neither http nor https.", method: method)
    }
    authority = try text("authority", UInt16.self)
    guard RequestAuthority.isWellFormed(authority) else {
      throw Fault(sentence: "The authority is no host with a port or without.", method: method)
    }
    target = try text("target", UInt16.self)
    guard target == "*" || target.utf8.first == UInt8(ascii: "/"), !target.utf8.contains(UInt8(ascii: "#")) else {
      throw Fault(sentence: "The target does not begin with a slash, or has a fragment.", method: method)
    }
    let address = try text("client address", UInt8.self)
    clientAddress = address.isEmpty ? nil : address
    do {
      fields = try FieldSection.read(&payload)
    } catch {
      throw Fault(sentence: error.sentence, method: method)
    }
    guard ContentLength(fields) != .malformed else {
      throw Fault(sentence: "The Content-Length is not one number.", method: method)
    }
  }
}
