import HTTPTypes

/// What a trace compares: the head of the request, and of the response where there is one.
struct HeadSnapshot {
  var request: Request
  var response: Response?

  /// The changes from this snapshot to a later one, in the order method, target, authority, fields, status, body.
  func changes(to later: HeadSnapshot, hiding redaction: Redaction) -> [TraceEntry.Change] {
    var changes: [TraceEntry.Change] = []
    func note(_ subject: String, _ before: String?, _ after: String?) {
      if before != after { changes.append(.init(subject: subject, before: before, after: after)) }
    }
    note("method", request.method.rawValue, later.request.method.rawValue)
    if request.target != later.request.target {
      changes.append(
        .init(
          subject: "target", before: redaction.shown(target: request.target),
          after: redaction.shown(target: later.request.target)))
    }
    note("authority", request.authority, later.request.authority)
    changes += Self.fieldChanges(request.fields, later.request.fields, redaction)
    if request.body !== later.request.body { note("body", "as it came", "replaced or wrapped") }
    if let response, let after = later.response {
      note("status", String(response.status.code), String(after.status.code))
      changes += Self.fieldChanges(response.fields, after.fields, redaction)
      if response.body !== after.body { note("response body", "as it came", "replaced or wrapped") }
    }
    return changes
  }

  private static func fieldChanges(
    _ before: HTTPFields, _ after: HTTPFields, _ redaction: Redaction
  ) -> [TraceEntry.Change] {
    guard before != after else { return [] }
    var names: [HTTPField.Name] = []
    for field in Array(before) + Array(after) where !names.contains(field.name) { names.append(field.name) }
    return names.compactMap { name in
      let old = before[fields: name].map(redaction.shown)
      let new = after[fields: name].map(redaction.shown)
      guard Array(before[fields: name]) != Array(after[fields: name]) else { return nil }
      return TraceEntry.Change(
        subject: name.rawName, before: old.isEmpty ? nil : old.joined(separator: ", "),
        after: new.isEmpty ? nil : new.joined(separator: ", "))
    }
  }
}
