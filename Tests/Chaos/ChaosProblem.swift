/// Why the suite could not go on, in a sentence that says what to do.
struct ChaosProblem: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
