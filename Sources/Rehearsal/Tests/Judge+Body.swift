import NIOCore
import PipelineFile
import TelephoneKit

extension Judge {
  /// All but its snapshot.
  /// - Parameter subject: `body`, or whose.
  mutating func judge(_ rule: Expectation.BodyRule, of body: ByteBuffer, _ subject: String) {
    judge(rule.texts, of: String(buffer: body), subject)
    if let (digest, place) = rule.sha256 {
      compare("\(subject)'s sha256", (digest, place), body.sha256)
    }
    guard let first = rule.json.first else { return }
    guard let json = try? JSONValue(json: body) else {
      fail("\(subject)'s json", first.place, "JSON", String(buffer: body))
      return
    }
    for (pointer, expected, place) in rule.json {
      let actual = json.value(at: pointer)
      if actual?.equals(expected) ?? false { continue }
      fail("\(subject)'s json \(pointer.text)", place, expected.jsonText, actual?.jsonText ?? "nothing")
    }
  }
}
