package import TelephoneKit

/// Reads files and notes each of them before, also those that cannot be read.
package struct NotingFileReader: PipelineFileReader {
  private let reader: any PipelineFileReader
  private let files: ReadFiles

  package init(_ reader: any PipelineFileReader = DiskFileReader(), into files: ReadFiles) {
    self.reader = reader
    self.files = files
  }

  package func octets(of path: String, limit: Int) throws(PipelineFileReadError) -> [UInt8] {
    files.note(path)
    return try reader.octets(of: path, limit: limit)
  }
}
