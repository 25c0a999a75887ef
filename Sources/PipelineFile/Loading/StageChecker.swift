import TelephoneKit

/// Checks entries against the registry: names, options, conditions, and the order of the tracks.
struct StageChecker {
  let registry: StageRegistry
  var diagnostics: DiagnosticList
  private(set) var steps: [CheckedStep] = []
  /// Texts of options that are declared secret.
  private(set) var secrets: Set<String> = []
  /// Whether an entry could not be understood: then nothing is said about what seems to be missing.
  private var isIncomplete: Bool
  private var ids: [String: Place] = [:]
  private var emitter: Place?
  private var lastTrack: (track: Track, stage: String)?
  private var openBackend: (id: String, place: Place)?
  private var hasBackend = false

  init(registry: StageRegistry, diagnostics: DiagnosticList, isIncomplete: Bool) {
    self.registry = registry
    self.diagnostics = diagnostics
    self.isIncomplete = isIncomplete
  }

  mutating func hide(_ texts: [String]) { secrets.formUnion(texts) }

  mutating func check(_ node: YAMLNode) {
    guard let entry = StageEntry(node, registry: registry, into: &diagnostics) else {
      isIncomplete = true
      return
    }
    let type = registry[entry.stage]
    if type == nil {
      isIncomplete = true
      diagnostics.error(
        at: entry.place, "unknown stage '\(entry.stage)'" + diagnostics.hint(for: entry.stage, among: registry.names))
    }
    for pair in entry.unknown { explain(pair, of: type) }
    let id = entry.id ?? entry.stage
    checkID(id, of: entry)
    let condition = condition(of: entry, type: type)
    guard let type else { return }
    checkOrder(entry, id: id, type: type)
    guard let options = options(of: entry, type: type) else { return }
    steps.append(
      CheckedStep(
        id: id, type: type, place: entry.place, condition: condition, conditionPlace: entry.when?.keyPlace,
        options: options.values, optionPlaces: options.places, secretOptions: options.secret,
        optionVariables: options.variables))
  }

  /// What only shows when all entries were seen.
  /// - Parameter place: the key `stages` of the file.
  mutating func finish(at place: Place) {
    guard !isIncomplete else { return }
    if !hasBackend {
      diagnostics.error(at: place, "no backend stage makes an answer; add \(names(on: .backend))")
    }
    if emitter == nil {
      diagnostics.error(at: place, "no emit stage sends the answer; add \(names(on: .emit))")
    }
  }

  private func names(on track: Track) -> String {
    let names = registry.all.filter { $0.track == track }.map { "'\($0.name)'" }
    return names.isEmpty ? "one; this program has none" : names.joined(separator: " or ")
  }

  private mutating func explain(_ pair: YAMLPair, of type: StageType?) {
    let sentence =
      if pair.key == "include" {
        "an include stands in an entry of its own, beside nothing else"
      } else if type?.options.contains(where: { $0.name == pair.key }) ?? false {
        "'\(pair.key)' is an option of the stage; write it under 'with'"
      } else {
        "unknown key '\(pair.key)'" + diagnostics.hint(for: pair.key, among: StageEntry.keys)
      }
    diagnostics.error(at: pair.keyPlace, sentence)
  }

  private mutating func checkID(_ id: String, of entry: StageEntry) {
    if entry.id == nil, entry.isFaulty { return }
    let place = entry.idPlace ?? entry.place
    guard let first = ids[id] else {
      ids[id] = place
      return
    }
    let other = first.shown(from: place)
    diagnostics.error(
      at: place,
      entry.id == nil
        ? "'\(id)' is the id of the stage in \(other) already; give one of them an 'id'"
        : "the id '\(id)' is taken in \(other)")
  }

  private mutating func condition(of entry: StageEntry, type: StageType?) -> Matcher? {
    guard let when = entry.when else { return nil }
    guard type?.track != .emit else {
      diagnostics.error(at: when.keyPlace, "an emit stage takes no 'when'; it emits every answer")
      return nil
    }
    let knowsStatus = type.map { $0.track > .backend } ?? true
    return MatcherReader(knowsStatus: knowsStatus).read(when.value, into: &diagnostics)
  }

  private mutating func checkOrder(_ entry: StageEntry, id: String, type: StageType) {
    if let last = lastTrack, type.track < last.track {
      diagnostics.error(
        at: entry.place,
        "'\(entry.stage)' works on the \(type.track) track and must stand before '\(last.stage)', which works on the "
          + "\(last.track) track")
    } else {
      lastTrack = (type.track, entry.stage)
    }
    switch type.track {
    case .backend:
      hasBackend = true
      if let open = openBackend {
        diagnostics.error(
          at: entry.place,
          "'\(id)' can never be reached; '\(open.id)' in \(open.place.shown(from: entry.place)) has no 'when' and answers "
            + "everything")
      } else if entry.when == nil {
        openBackend = (id, entry.place)
      }
    case .emit:
      if let emitter {
        diagnostics.error(at: entry.place, "a second emit stage; the first is in \(emitter.shown(from: entry.place))")
      } else {
        emitter = entry.place
      }
    case .request, .response, .finally: break
    }
  }
}
