package import PipelineFile
import TelephoneKit

/// The files that a file of tests names. Their paths start at its folder.
package struct FileContents: Sendable {
  /// The most octets of one: 16 MiB.
  static let mostOctets = 16 << 20

  /// The file that names them.
  let file: String
  let reader: any PipelineFileReader

  package init(namedBy file: String, reader: any PipelineFileReader = DiskFileReader()) {
    self.file = file
    self.reader = reader
  }

  /// A path in the file, seen from where the program runs.
  func path(_ name: String) -> String { FilePath.resolve(name, from: file) }

  /// The octets of a file by its path in the file; `nil`, with an error in the list, if it cannot be read.
  func octets(_ node: YAMLNode, of key: String, into diagnostics: inout DiagnosticList) -> [UInt8]? {
    guard let name = MapReader.value(node, of: key, String.self, into: &diagnostics) else { return nil }
    do {
      let octets = try reader.octets(of: path(name), limit: Self.mostOctets)
      guard octets.count <= Self.mostOctets else {
        diagnostics.error(at: node.place, "'\(path(name))' is larger than 16MiB")
        return nil
      }
      return octets
    } catch {
      diagnostics.error(at: node.place, "'\(path(name))' cannot be read: \(error.reason)")
      return nil
    }
  }
}
