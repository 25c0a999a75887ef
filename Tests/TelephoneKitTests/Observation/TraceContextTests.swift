import HTTPTypes
import Testing

@testable import TelephoneKit

/// The examples of W3C Trace Context, section 3.2, and what breaks its rules.
@Suite struct TraceContextTests {
  static let trace = "0af7651916cd43dd8448eb211c80319c"
  static let good = "00-\(trace)-b7ad6b7169203331-01"

  @Test(arguments: [
    good, "00-\(trace)-b7ad6b7169203331-00", "00-\(trace)-b7ad6b7169203331-ff",
    "01-\(trace)-b7ad6b7169203331-01", "fe-\(trace)-b7ad6b7169203331-01-what-the-future-will-be-like",
    "cc-\(trace)-b7ad6b7169203331-01-",
  ])
  func `a well-formed traceparent gives its trace id, and stays as it is`(_ value: String) throws {
    let context = try #require(TraceContext(traceparent: value))
    #expect(context.traceID == Self.trace)
    #expect(context.traceparent == value)
  }

  @Test(arguments: [
    "", "00", good + "-", good + "-00", good + " ", " " + good, String(good.dropLast()),
    "ff-\(trace)-b7ad6b7169203331-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-\(trace)-0000000000000000-01", "00-\(trace.uppercased())-b7ad6b7169203331-01",
    "00-\(trace)-B7AD6B7169203331-01", "00-\(trace)-b7ad6b7169203331-0g", "0x-\(trace)-b7ad6b7169203331-01",
    "00_\(trace)_b7ad6b7169203331_01", "01-\(trace)-b7ad6b7169203331-01.x", "01-\(trace)-b7ad6b7169203331-011",
    "00-é\(trace.dropFirst(2))-b7ad6b7169203331-01",
  ])
  func `a malformed traceparent gives nothing`(_ value: String) {
    #expect(TraceContext(traceparent: value) == nil)
  }

  @Test func `a trace that is begun is well-formed, sampled, and drawn from the generator`() throws {
    var generator = Counting()
    let made = TraceContext(using: &generator)
    #expect(made.traceparent == "00-00000000000000010000000000000002-0000000000000003-01")
    #expect(try #require(TraceContext(traceparent: made.traceparent)).traceID == made.traceID)
    var zero = Zero()
    #expect(TraceContext(traceparent: TraceContext(using: &zero).traceparent) != nil)
  }

  @Test func `a request keeps its trace, and gets one if its own cannot be read`() {
    var generator = Counting()
    let given = TraceContext(of: [.traceparent: Self.good, .tracestate: "a=1"], using: &generator)
    #expect(given.traceID == Self.trace)
    #expect(!given.isNew)

    var twice: HTTPFields = [.accept: "*/*", .tracestate: "a=1"]
    for _ in 0..<2 { twice.append(HTTPField(name: .traceparent, value: Self.good)) }
    for var fields in [[:], [.accept: "*/*", .traceparent: "nonsense", .tracestate: "a=1"], twice] as [HTTPFields] {
      let made = TraceContext(of: fields, using: &generator)
      #expect(made.traceID != Self.trace)
      #expect(made.isNew)
      made.write(to: &fields)
      #expect(fields[values: .traceparent] == [made.traceparent])
      #expect(fields[.tracestate] == nil)
    }
    #expect(twice[.accept] == "*/*")
  }

  @Test func `the seeded numbers are not all alike`() {
    var (one, other) = (Xoshiro256(), Xoshiro256())
    #expect(Set((0..<1000).map { _ in one.next() } + (0..<1000).map { _ in other.next() }).count == 2000)
  }
}

/// 1, 2, 3 and so on.
struct Counting: RandomNumberGenerator, Sendable {
  private var last: UInt64 = 0

  mutating func next() -> UInt64 {
    last += 1
    return last
  }
}

private struct Zero: RandomNumberGenerator { mutating func next() -> UInt64 { 0 } }
