package import HTTPTypes
package import NIOCore

/// The payload of RESPONSE_HEAD and INTERIM_HEAD: `status u16, fields`.
package struct ResponseHeadFrame: Sendable, Equatable {
  /// 101 to 999 in a RESPONSE_HEAD, 1xx without 101 in an INTERIM_HEAD.
  package var status: Int
  package var fields: HTTPFields

  package init(status: Int, fields: HTTPFields = [:]) {
    self.status = status
    self.fields = fields
  }

  /// Appends the payload.
  /// - Returns: `false` if it has no form on the wire; the buffer is then unusable.
  package func write(into buffer: inout ByteBuffer) -> Bool {
    buffer.writeInteger(UInt16(clamping: status))
    return FieldSection.write(fields, into: &buffer)
  }

  /// - Throws: for a payload that is malformed, or a status that is none of HTTP's.
  package init(_ payload: ByteBuffer) throws(FieldSection.Fault) {
    var payload = payload
    guard let status = payload.readInteger(as: UInt16.self), (100...999).contains(status) else {
      throw FieldSection.Fault(sentence: "The head has no status from 100 to 999.")
    }
    self.status = Int(status)
    fields = try FieldSection.read(&payload)
  }
}
