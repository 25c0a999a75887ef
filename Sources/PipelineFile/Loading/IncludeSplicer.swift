import TelephoneKit

/// Puts the stages of included fragments in the places of the includes, and their variables beside those of the file.
struct IncludeSplicer {
  /// How deep includes may stand in each other, and how many there may be in all.
  static let mostDeep = 8
  static let mostFiles = 64

  let loader: PipelineLoader
  var diagnostics: DiagnosticList
  private(set) var entries: [YAMLNode] = []
  private(set) var declarations = VariableDeclarations()
  /// Whether every include could be read.
  private(set) var isComplete = true
  private var files = 0
  /// The files that are being read, the outermost first.
  private var open: [String] = []

  init(loader: PipelineLoader, diagnostics: DiagnosticList) {
    self.loader = loader
    self.diagnostics = diagnostics
  }

  mutating func splice(_ file: LoadedFile, from path: String) {
    if let variables = file.variables { declarations.read(variables, into: &diagnostics) }
    isComplete = isComplete && file.isComplete
    open.append(FilePath.identity(of: path))
    defer { open.removeLast() }
    for node in file.stages {
      if case .mapping(let pairs) = node.content, let include = pairs.first(where: { $0.key == "include" }),
        !pairs.contains(where: { $0.key == "stage" })
      {
        for pair in pairs where pair.key != "include" {
          diagnostics.error(at: pair.keyPlace, "an include stands in an entry of its own, beside nothing else")
        }
        self.include(include.value, from: path)
      } else {
        entries.append(node)
      }
    }
  }

  private mutating func include(_ node: YAMLNode, from path: String) {
    // Included variables are not known yet: the name of a fragment can only use those that were declared before it.
    var interpolation = Interpolation(declarations, mode: loader.mode, lookup: loader.variables)
    let node = interpolation.resolve(node, into: &diagnostics)
    guard let fragment = fragment(node, from: path) else {
      isComplete = false
      return
    }
    splice(fragment.file, from: fragment.path)
  }

  private mutating func fragment(_ node: YAMLNode, from path: String) -> (file: LoadedFile, path: String)? {
    if node.isUnusable { return nil }
    guard let scalar = node.scalar else {
      diagnostics.error(at: node.place, "'include' takes the name of one file, not \(node.words)")
      return nil
    }
    guard let name = StageEntry.text(scalar, at: node.place, of: "'include'", into: &diagnostics) else { return nil }
    let found = FilePath.resolve(name, from: path)
    guard !open.contains(FilePath.identity(of: found)) else {
      diagnostics.error(at: node.place, "this include leads back to '\(found)', which is being read")
      return nil
    }
    guard open.count <= Self.mostDeep else {
      diagnostics.error(at: node.place, "includes stand more than \(Self.mostDeep) deep in each other")
      return nil
    }
    files += 1
    guard files <= Self.mostFiles else {
      diagnostics.error(at: node.place, "more than \(Self.mostFiles) files are included")
      return nil
    }
    let octets: [UInt8]
    do {
      octets = try loader.reader.octets(of: found, limit: loader.limits.octets)
    } catch {
      diagnostics.error(at: node.place, "'\(found)' cannot be included: \(error.reason)")
      return nil
    }
    let root = YAMLComposer.compose(octets, file: found, limits: loader.limits, into: &diagnostics)
    return root.flatMap { LoadedFile($0, as: .fragment, into: &diagnostics) }.map { ($0, found) }
  }
}
