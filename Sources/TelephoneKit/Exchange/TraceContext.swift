package import HTTPTypes

/// Where an exchange belongs in a distributed trace (W3C Trace Context, https://www.w3.org/TR/trace-context/, section 3.2).
package struct TraceContext: Sendable, Hashable {
  /// 32 digits, hexadecimal in lower case, not all of them zero.
  package let traceID: String
  /// The value of the field `traceparent`.
  package let traceparent: String
  /// Whether it was begun here, and stands in no request yet.
  package let isNew: Bool

  /// In lower case, as the specification wants it to be sent (3.2.1).
  private static let fieldName = HTTPField.Name("traceparent") ?? .traceparent
  /// The length of a value of version 00.
  private static let length = 55

  /// Reads the value of a `traceparent` field. A version that is not known yet is read as the specification says: by the
  /// same places, and whatever follows them after a dash is left.
  /// - Returns: `nil` if it is malformed, of version ff, or one of its ids is all zero.
  package init?(traceparent: String) {
    let octets = Array(traceparent.utf8)
    guard octets.count >= Self.length, octets[2] == Self.dash, octets[35] == Self.dash, octets[52] == Self.dash,
      Self.areDigits(octets[0..<2]), Self.isID(octets[3..<35]), Self.isID(octets[36..<52]),
      Self.areDigits(octets[53..<55])
    else { return nil }
    switch (octets[0], octets[1]) {
    case (UInt8(ascii: "f"), UInt8(ascii: "f")): return nil
    case (Self.zero, Self.zero): guard octets.count == Self.length else { return nil }
    default: guard octets.count == Self.length || octets[Self.length] == Self.dash else { return nil }
    }
    traceID = String(decoding: octets[3..<35], as: UTF8.self)
    self.traceparent = traceparent
    isNew = false
  }

  /// Begins a trace: ids drawn from the generator, version 00. The flag `sampled` is set: without it a backend that follows
  /// its caller would record nothing any more.
  package init(using generator: inout some RandomNumberGenerator) {
    isNew = true
    let (high, low, parent) = (generator.next(), Self.nonzero(&generator), Self.nonzero(&generator))
    var traceID = ""
    traceparent = String(unsafeUninitializedCapacity: Self.length) { octets in
      // 00-trace-parent-01
      (octets[0], octets[1], octets[2]) = (Self.zero, Self.zero, Self.dash)
      Self.write(high, to: octets, at: 3)
      Self.write(low, to: octets, at: 19)
      octets[35] = Self.dash
      Self.write(parent, to: octets, at: 36)
      (octets[52], octets[53], octets[54]) = (Self.dash, Self.zero, Self.zero + 1)
      traceID = String(decoding: UnsafeBufferPointer(rebasing: octets[3..<35]), as: UTF8.self)
      return Self.length
    }
    self.traceID = traceID
  }

  /// Takes the trace of a request, or begins one: a `traceparent` that is missing, malformed, or there more than once is
  /// none.
  package init(of fields: HTTPFields, using generator: inout some RandomNumberGenerator) {
    // Looked for one by one: a look-up by name would make an index of all fields.
    var given: String?
    var isOne = true
    for field in fields where field.name == .traceparent {
      isOne = given == nil
      given = field.value
    }
    if isOne, let given, let context = TraceContext(traceparent: given) {
      self = context
    } else {
      self.init(using: &generator)
    }
  }

  /// Tells whom the request goes to: what stands there of another trace, `tracestate` too, is removed.
  package func write(to fields: inout HTTPFields) {
    // Most requests have neither: one look at the fields, and no index of them.
    if fields.contains(where: { $0.name == .traceparent || $0.name == .tracestate }) {
      fields[.traceparent] = nil
      fields[.tracestate] = nil
    }
    fields.append(HTTPField(name: Self.fieldName, value: traceparent))
  }

  private static let dash = UInt8(ascii: "-")
  private static let zero = UInt8(ascii: "0")

  private static func areDigits(_ octets: ArraySlice<UInt8>) -> Bool {
    octets.allSatisfy {
      (zero...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
    }
  }

  private static func isID(_ octets: ArraySlice<UInt8>) -> Bool {
    areDigits(octets) && octets.contains { $0 != zero }
  }

  private static func nonzero(_ generator: inout some RandomNumberGenerator) -> UInt64 {
    // Not a loop: a generator of a test may give nothing but zero.
    max(1, generator.next())
  }

  /// Writes 16 digits.
  private static func write(_ number: UInt64, to octets: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
    for place in 0..<16 {
      let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * place)) & 15
      octets[start + place] = digit < 10 ? zero + digit : UInt8(ascii: "a") + digit - 10
    }
  }
}
