import NIOCore
import PipelineFile
import TelephoneKit

extension Judge {
  /// - Parameter subject: `body`, or whose.
  mutating func judge(_ rule: Expectation.BodyRule, of body: ByteBuffer, _ subject: String) {
    judge(rule.texts, of: String(buffer: body), subject)
    if let (digest, place) = rule.sha256 {
      compare("\(subject)'s sha256", (digest, place), body.sha256)
    }
    if let (path, place) = rule.snapshot { judge(snapshot: path, place, of: body, subject) }
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

  private mutating func judge(snapshot path: String, _ place: Place, of body: ByteBuffer, _ subject: String) {
    do {
      guard let expected = try snapshots.expected(path, actual: body), expected != body else { return }
      fail("\(subject)'s snapshot \(path)", place, String(buffer: expected), String(buffer: body))
    } catch {
      fail("\(subject)'s snapshot \(path)", place, error.sentence, String(buffer: body))
    }
  }
}
