import Foundation
import PipelineFile

/// The pipeline that is used when none is named, for a folder that does not have its file: the same text
/// without the tests.
enum DefaultPipeline {
  static let path = "pipelines/default.yaml"

  static let text = #"""
    # What `telephone run` uses when no pipeline is named: it protects a little and passes bodies of any size on, for as long
    # as they move. The variables are those of the Go program.
    pipeline: default
    variables:
      BACKEND_SCHEME: { default: http, description: "http or https" }
      BACKEND_HOST: { default: localhost, description: "The backend's host" }
      BACKEND_PORT: { default: "8080", description: "The backend's port" }
      REQUEST_TIMEOUT: { default: 30s, description: "From the end of a request to the head of its answer" }
      CHUNK_SIZE: { default: 1MiB, description: "The largest chunk of an answer" }
    stages:
      - limit-headers
      - normalize-path
      - stage: forward
        with:
          to: "${BACKEND_SCHEME}://${BACKEND_HOST}:${BACKEND_PORT}"
          first-byte-timeout: "${REQUEST_TIMEOUT}"
          idle-timeout: 60s
          total-timeout: none
      - stage: emit-chunks
        with: { max-chunk: "${CHUNK_SIZE}" }

    """#

  /// Loads a file by its path, or the text above if it is the default's and there is no such file.
  static func load(_ path: String, by loader: PipelineLoader) throws(PipelineFileError) -> CheckedPipeline {
    guard path == Self.path, !FileManager.default.fileExists(atPath: path) else { return try loader.load(path: path) }
    return try loader.load(text: text, named: path)
  }
}
