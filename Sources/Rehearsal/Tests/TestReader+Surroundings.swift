import Foundation
import PipelineFile
import TelephoneKit

extension TestReader {
  mutating func date(_ node: YAMLNode) -> Date? {
    guard let text = MapReader.value(node, of: "at", String.self, into: &diagnostics) else { return nil }
    if let date = Date(rehearsed: text) { return date }
    diagnostics.error(at: node.place, "'\(text)' is no date; write 2026-01-31T12:00:00Z")
    return nil
  }

  mutating func mocks(_ pair: YAMLPair, of pipeline: CheckedPipeline) -> [String: StepMock] {
    guard case .mapping(let pairs) = pair.value.content else {
      if !pair.value.isUnusable {
        diagnostics.error(
          at: pair.value.place, "'mocks' is a map such as { verify-jwt: proceed }, not \(pair.value.words)")
      }
      return [:]
    }
    var mocks: [String: StepMock] = [:]
    for pair in pairs {
      guard let step = pipeline.steps.first(where: { $0.id == pair.key }) else {
        diagnostics.error(
          at: pair.keyPlace,
          "the pipeline has no step '\(pair.key)'"
            + diagnostics.hint(for: pair.key, among: pipeline.steps.map(\.id)))
        continue
      }
      mocks[step.id] = StepMock(pair.value, for: step, files, into: &diagnostics)
    }
    return mocks
  }

  /// Files in the place of what is behind URLs.
  mutating func keySets(_ node: YAMLNode, of pipeline: CheckedPipeline) -> [String: String] {
    guard case .mapping(let pairs) = node.content else {
      if !node.isUnusable {
        diagnostics.error(at: node.place, "'key-sets' is a map from URLs to files, not \(node.words)")
      }
      return [:]
    }
    // With what secret variables hold, which no message shows.
    let given = pipeline.steps.flatMap(\.options.values).map(\.text)
    var found: [String: String] = [:]
    for pair in pairs {
      guard pair.key.contains("://") else {
        diagnostics.error(at: pair.keyPlace, "'\(pair.key)' is no URL; write it as the pipeline does")
        continue
      }
      if !given.contains(where: { $0.contains(pair.key) }) {
        let shown = pipeline.steps.flatMap(\.values).map(\.text).filter { $0.contains("://") }
        diagnostics.error(
          at: pair.keyPlace,
          "no option of the pipeline is '\(pair.key)', so nothing fetches it"
            + diagnostics.hint(for: pair.key, among: shown))
      }
      guard let octets = files.octets(pair.value, of: pair.key, into: &diagnostics),
        let name = MapReader.value(pair.value, of: pair.key, String.self, into: &diagnostics)
      else { continue }
      do {
        let set = try JSONReader.read(RequestSource(name: files.path(name), octets: octets))
        if set["keys"]?.list == nil {
          diagnostics.error(
            at: pair.value.place, "'\(files.path(name))' is no key set: it has no list 'keys' (RFC 7517, 5)")
        }
      } catch {
        diagnostics.error(at: pair.value.place, "'\(files.path(name))' is no key set: \(error.withoutStop)")
      }
      found[pair.key] = files.path(name)
    }
    return found
  }
}
