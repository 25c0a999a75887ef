import Testing

@testable import HTTPWire

@Suite struct FrameMaskTests {
  static let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
  static let mask = FrameMask(memory: key.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) })

  /// What RFC 6455, section 5.3, says, octet by octet.
  static func plain(_ octets: [UInt8], phase: Int) -> [UInt8] {
    octets.enumerated().map { $1 ^ key[($0 + phase) % 4] }
  }

  @Test func `every length, phase and place is masked as octet by octet`() {
    let source = (0..<80).map { UInt8($0 &* 37 & 0xFF) }
    for count in 0...40 {
      for phase in 0...7 {
        for offset in 0...8 {
          var target = [UInt8](repeating: 0xAA, count: 64)
          source.withUnsafeBytes { from in
            target.withUnsafeMutableBytes { to in
              Self.mask.apply(
                UnsafeRawBufferPointer(rebasing: from[offset..<offset + count]),
                to: UnsafeMutableRawBufferPointer(rebasing: to[8 - offset..<8 - offset + count]), phase: phase)
            }
          }
          let expected = Self.plain(Array(source[offset..<offset + count]), phase: phase)
          #expect(Array(target[8 - offset..<8 - offset + count]) == expected)
        }
      }
    }
  }

  @Test func `octets are masked in their place, and not beyond`() {
    var octets = (0..<29).map { UInt8($0) }
    let expected = Self.plain(Array(octets[0..<21]), phase: 3) + octets[21...]
    octets.withUnsafeMutableBytes { buffer in
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[0..<21])
      Self.mask.apply(UnsafeRawBufferPointer(part), to: part, phase: 3)
    }
    #expect(octets == expected)
  }

  @Test func `the example of the RFC`() {
    let masked: [UInt8] = [0x7F, 0x9F, 0x4D, 0x51, 0x58]
    #expect(Self.plain(Array("Hello".utf8), phase: 0) == masked)
  }
}
