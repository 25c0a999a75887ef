package import HTTPTypes
package import NIOCore

/// Header and trailer fields on the wire: `count u16`, then for each `name length u16, name, value length u32, value`.
/// Order, repeats, the case of names and every legal octet of a value stay as they are.
package enum FieldSection {
  /// What is wrong with a section.
  package struct Fault: Error, Sendable, Equatable {
    package var sentence: String
  }

  /// The most fields of one section, either way; the doors on both sides take fewer. (`HTTPFields` cannot hold 65,535.)
  package static let maxFieldCount = 1024
  /// The smallest field: a name of one octet and an empty value.
  private static let smallestField = 7

  /// Appends a section.
  /// - Returns: `false` if there are more than ``maxFieldCount`` fields, or a name or value is longer than its length field can
  ///   tell; the buffer is then unusable.
  package static func write(_ fields: HTTPFields, into buffer: inout ByteBuffer) -> Bool {
    guard fields.count <= maxFieldCount, let count = UInt16(exactly: fields.count) else { return false }
    buffer.writeInteger(count)
    for field in fields where !write(field, into: &buffer) { return false }
    return true
  }

  private static func write(_ field: HTTPField, into buffer: inout ByteBuffer) -> Bool {
    var name = field.name.rawName
    return name.withUTF8 { name in
      guard let nameLength = UInt16(exactly: name.count) else { return false }
      return field.withUnsafeBytesOfValue { value in
        guard let valueLength = UInt32(exactly: value.count) else { return false }
        let size = 2 + name.count + 4 + value.count
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { octets in
          octets.storeBytes(of: nameLength.bigEndian, as: UInt16.self)
          UnsafeMutableRawBufferPointer(rebasing: octets[2...]).copyMemory(from: UnsafeRawBufferPointer(name))
          octets.storeBytes(of: valueLength.bigEndian, toByteOffset: 2 + name.count, as: UInt32.self)
          UnsafeMutableRawBufferPointer(rebasing: octets[(6 + name.count)...]).copyMemory(
            from: UnsafeRawBufferPointer(value))
          return size
        }
        return true
      }
    }
  }

  /// Reads a section that is all that is left of a payload.
  /// - Throws: if it has more than ``maxFieldCount`` fields, lies about its sizes, goes on after its end, or has a name that
  ///   is no token or a value with a control character or with spaces at its ends (RFC 9110, 5.1 and 5.5).
  package static func read(_ buffer: inout ByteBuffer) throws(Fault) -> HTTPFields {
    guard let count = buffer.readInteger(as: UInt16.self) else {
      throw Fault(sentence: "The field section ends before its count.")
    }
    guard Int(count) <= maxFieldCount else {
      throw Fault(sentence: "The field section has more than \(maxFieldCount) fields.")
    }
    guard Int(count) * smallestField <= buffer.readableBytes else {
      throw Fault(sentence: "The field section is shorter than its \(count) fields need.")
    }
    var fields = HTTPFields()
    fields.reserveCapacity(Int(count))
    for index in 0..<Int(count) {
      guard let nameLength = buffer.readInteger(as: UInt16.self),
        let name = buffer.readString(length: Int(nameLength)),
        let valueLength = buffer.readInteger(as: UInt32.self), Int(valueLength) <= buffer.readableBytes
      else { throw Fault(sentence: "Field \(index + 1) is longer than its section.") }
      guard let name = HTTPField.Name(name) else {
        throw Fault(sentence: "Field \(index + 1) has a name that is no token.")
      }
      let field = buffer.readWithUnsafeReadableBytes { octets -> (Int, HTTPField?) in
        let value = octets.prefix(Int(valueLength))
        guard isLegal(value) else { return (Int(valueLength), nil) }
        // Made faster from text, in which octets that are no UTF-8 would not stay what they are.
        let isASCII = value.allSatisfy { $0 < 0x80 }
        let field =
          isASCII
          ? HTTPField(name: name, value: String(decoding: value, as: UTF8.self)) : HTTPField(name: name, value: value)
        return (Int(valueLength), field)
      }
      guard let field else {
        throw Fault(sentence: "Field \(index + 1) has a value with a control character, or spaces at its ends.")
      }
      fields.append(field)
    }
    guard buffer.readableBytes == 0 else { throw Fault(sentence: "The field section goes on after its last field.") }
    return fields
  }

  private static func isLegal(_ value: Slice<UnsafeRawBufferPointer>) -> Bool {
    guard let first = value.first, let last = value.last else { return true }
    guard first != 0x20, first != 0x09, last != 0x20, last != 0x09 else { return false }
    return value.allSatisfy { $0 >= 0x20 ? $0 != 0x7F : $0 == 0x09 }
  }
}
